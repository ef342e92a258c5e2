"""Name what lies in a dataset apart from its tables, as paths from its root.

Everything but `views.sql` lies under one hidden folder, out of every table's glob.
"""

from __future__ import annotations

LAYOUT = 1  # raised when an older reelsheet could not work with the folder
VIEWS_FILE = "views.sql"  # for those who ask in SQL without reelsheet
HIDDEN = ".reelsheet"

MARKER = f"{HIDDEN}/layout.json"
ANSWERS = f"{HIDDEN}/answers"  # raw answers whose analysis is not published yet
STAGING = f"{HIDDEN}/staging"  # commits that are being written
COMMITS = f"{HIDDEN}/commits"  # commits that are decided and being published
BROKEN = f"{HIDDEN}/broken"  # decided commits that the disk has damaged
MERGING = f"{HIDDEN}/merging"  # months that are being merged; after the exchange, their old files
FORGET_NOTE = f"{HIDDEN}/forget.json"  # what is to go, until it has gone
RUNS = f"{HIDDEN}/runs"  # runs that have started and not ended
VOICES = f"{HIDDEN}/voices"  # spoken answers
FRAME_HASHES = f"{HIDDEN}/frame-hashes"  # of pictures and frames of videos, by recording
LEASE = f"{HIDDEN}/lease"  # who writes, in an object store
RESERVE = f"{HIDDEN}/reserve"  # given up when the disk is full

MERGED = "merged"  # begins the names of files that hold the rows of many commits; no commit is named so


def is_merged(name: str) -> bool:
    """Return whether a file of this name holds the rows of many commits.

    >>> is_merged("merged-calls-20261101T020000Z-0000.parquet")
    True
    """
    return name.startswith(MERGED)


def month_of(file: str) -> str:
    """Give the folder of a table's file, which names its month.

    >>> month_of("analyses/month=2026-10/run-1-00000.parquet")
    'month=2026-10'
    """
    return file.split("/")[1]


def stem_of(file: str) -> str:
    """Return a file's name without folders and ending: that of its commit.

    >>> stem_of("analyses/month=2026-10/run-1-00000.parquet")
    'run-1-00000'
    """
    return file.rpartition("/")[2].removesuffix(".parquet")
