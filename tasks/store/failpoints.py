"""Name instants at which a test can kill the process.

So it proves that nothing is lost and nothing doubled. Nothing is active unless the composition root says so; an
inactive point costs one look into an empty set.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from tasks.tables.schemas import TABLES

_OTHERS = ("decisions", "translations", "subtitles", "subtitle_qc")  # in commits of their own

NAMES = (  # on the way of a run
    "answer.written",  # the raw answer lies under its temporary name
    "answer.kept",  # it has its own name
    "commit.staging",  # the first file of a commit is staged
    "commit.staged",  # all of them are
    "commit.decided",  # the commit is renamed: from here on it will be finished
    # a file of this table is where readers see it
    *(f"commit.moved.{table}" for table in TABLES if table not in _OTHERS),
    "commit.published",  # all of them are
    "commit.forgotten",  # and the raw answers are removed
    "commit.done",  # and nothing of the commit is left
    "index.reading",  # new files are read for the index, and not yet in it
    "index.read",  # now they are
    "run.begin",  # the run has its claim, and no marker yet
    "run.noted",  # the marker lies under its temporary name
    "run.begun",  # the marker is there
    "run.end",  # its rows are published, and the marker is still there
    "run.ended",  # the marker is gone
    "run.buried",  # the row of a run that was killed is published, and its marker is still there
)

SUBTITLES = (
    *("commit.moved.subtitles", "commit.moved.subtitle_qc"),
    "subtitles.staged",  # one file is whole, next to its place
    "subtitles.published",  # the rows of files are there, and no file has its name yet
    "subtitles.placed",  # one file has its name
)

TRANSLATIONS = (
    "translation.answered",  # an answer is kept, and nothing is read out of it
    "commit.moved.translations",  # lines are where readers see them, and the answers are still kept
)

COMPACTION = (
    "compaction.merging",  # a table's month is about to be merged beside it
    "compaction.merged",  # its new files are written
    "compaction.linked",  # what stays as it is, or came meanwhile, stands in the new folder too
    "compaction.exchanged",  # the new folder is where readers look
    "compaction.followed",  # and the index knows
    "compaction.removing",  # the old folders are about to be removed
    "compaction.done",  # they are
)
ASIDE = "compaction.aside"  # where folders cannot be exchanged: the old one is away, the new one not there yet

FORGETTING = (
    "forget.decided",  # what is to go is written down
    "forget.rewritten",  # a month's files are written anew without it, beside the table
    "forget.linked",  # what stays as it is stands in the new folder too
    "forget.exchanged",  # the new folder is where readers look
    "forget.emptied",  # no table has its rows any more, and the old folders are still there
    "forget.unlinked",  # these are gone, with answers and voices
    "forget.finished",  # nothing is left but the note of it
)

_active: frozenset[str] = frozenset()


def activate(names: Iterable[str]) -> None:
    """Make the process kill itself at these points.

    Raises ValueError for an unknown name.
    """
    global _active  # noqa: PLW0603 - one process, one set of points
    chosen = frozenset(names)
    known = (*NAMES, *SUBTITLES, *TRANSLATIONS, *COMPACTION, ASIDE, *FORGETTING)
    if unknown := chosen - set(known):
        raise ValueError(f"Unknown fail points: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    _active = chosen


def failpoint(name: str) -> None:
    """Die here, if this point is active.

    No handler runs, as if the power were cut.
    """
    if name in _active:
        os.kill(os.getpid(), signal.SIGKILL)
