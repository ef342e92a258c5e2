"""What is forgotten is in no table, and everything else is as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.maintenance.forget import chosen, finish, forget, would_go
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, publish_rows, publish_run
from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES
from tests.support.dataset_rows import MEDIA, attempt_rows, row, run
from tests.support.forgetting import forgotten
from tests.support.tables import doubled_rows, rows_of, wrong_files

OTHER = "cd" * 32


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Two recordings in one commit, one of them in a second run too; an input that could not be read at first."""
    dataset = Dataset.open(tmp_path / "data")
    both = [attempt_rows("aa"), attempt_rows("bb", media_id=OTHER)]
    publish_attempts(dataset, both, run(), "run-1-00001")
    publish_attempts(dataset, [attempt_rows("aa", 2, run_id="run-2")], run("run-2"), "run-2-00001")
    for number in ("run-1", "run-2"):
        seen = [row("inputs", run_id=number, uri="abab.mp4", media_id=MEDIA)]
        seen += [row("inputs", run_id=number, uri="cdcd.mp4", media_id=OTHER)] if number == "run-1" else []
        failed = [row("failures", run_id=number, uri="abab.mp4", stage="probe")]
        publish_run(dataset, {"runs": [row("runs", run_id=number)], "inputs": seen, "failures": failed}, run(number))
    return dataset


def _rows(dataset: Dataset) -> dict[str, list[str]]:
    root = dataset.storage.folder
    assert root is not None
    return {table: sorted(map(repr, rows_of(root, table))) for table in TABLES}


@pytest.mark.parametrize("name", [MEDIA, MEDIA[:8], "abab.mp4"])
def test_a_forgotten_recording_is_in_no_table(dataset: Dataset, name: str) -> None:
    before = _rows(dataset)
    forgotten(dataset, name)
    after = _rows(dataset)
    for table in TABLES:
        kept = [text for text in before[table] if MEDIA not in text and "abab.mp4" not in text]
        assert after[table] == kept, table
    assert (wrong_files(dataset.storage.folder), doubled_rows(dataset.storage.folder)) == ([], [])  # type: ignore[arg-type]


def test_a_forgotten_run_leaves_what_other_runs_wrote(dataset: Dataset) -> None:
    before = _rows(dataset)
    forgotten(dataset, "run-2")
    after = _rows(dataset)
    assert after == {table: [text for text in rows if "'run-2'" not in text] for table, rows in before.items()}
    forgotten(dataset, "run-1")
    assert not any(_rows(dataset).values())


def test_a_dry_run_counts_and_changes_nothing(dataset: Dataset) -> None:
    before = _rows(dataset)
    found = would_go(dataset, chosen(dataset, "abab.mp4"))
    assert (found.rows["analyses"], found.rows["transcript"], found.rows["failures"]) == (2, 4, 2)
    assert _rows(dataset) == before


def test_voices_and_raw_answers_go_too(dataset: Dataset) -> None:
    folder = dataset.storage.folder
    assert folder is not None
    voice = folder / ".reelsheet" / "voices" / "00" / "00aa-1.wav"
    other = voice.with_name("00bb-1.wav")
    answer = folder / ".reelsheet" / "answers" / "00" / "00aa.json"
    translation = answer.with_name("aa.translation-0123456789abcdef.json")  # of the recording's words
    for file in (voice, other, answer, translation):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"{}")
    removed = forgotten(dataset, MEDIA)
    assert (removed.answers, removed.voices) == (2, 1)
    assert [file.exists() for file in (voice, other, answer, translation)] == [False, True, False, False]


def test_subtitles_go_too_unless_somebody_edited_them(dataset: Dataset, tmp_path: Path) -> None:
    ours, edited, others = (tmp_path / f"{name}.srt" for name in ("ours", "edited", "others"))
    for file in (ours, edited, others):
        file.write_bytes(b"1\n")
    sha256 = hashlib.sha256(b"1\n").hexdigest()
    written = [
        row("subtitles", path=str(file), sha256=sha256, media_id=media_id)
        for file, media_id in ((ours, MEDIA), (edited, MEDIA), (others, OTHER), (tmp_path / "gone.srt", MEDIA))
    ]
    publish_rows(dataset, {"subtitles": written}, run(), "run-1-subtitles-00001")
    edited.write_bytes(b"2\n")
    removed = forgotten(dataset, MEDIA)
    assert (removed.files, removed.kept_files) == ((str(ours),), (str(edited),))
    assert [file.exists() for file in (ours, edited, others)] == [False, True, True]


@pytest.mark.parametrize("name", ["nothing", "ab", ""])
def test_forget_wants_a_recording_or_a_run(dataset: Dataset, name: str) -> None:
    with pytest.raises(UsageError, match="A recording or a run was expected"):
        chosen(dataset, name)


def test_nothing_is_forgotten_while_a_run_is_under_way(dataset: Dataset) -> None:
    with Claims(dataset) as claims:
        running.begin(dataset, run("run-3"), claims)
        with pytest.raises(UsageError, match="A run is under way"):
            forget(dataset, claims, chosen(dataset, MEDIA))


def test_there_is_nothing_to_finish_as_a_rule(dataset: Dataset) -> None:
    with Claims(dataset) as claims:
        assert not finish(dataset, claims)
