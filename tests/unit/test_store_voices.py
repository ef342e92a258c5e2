"""Where spoken answers lie, and which of them stay."""

from __future__ import annotations

from tasks.store.dataset import Dataset
from tasks.store.voices import drop_others, seen_from, voice_file
from tests.support.dataset_rows import answer


def test_a_voice_lies_out_of_every_tables_glob_and_rows_see_it_from_the_dataset(dataset: Dataset) -> None:
    path = voice_file(dataset, "abcdef", 2, "ask")
    assert seen_from(dataset, str(path)) == ".reelsheet/voices/ab/abcdef-2.wav"
    assert seen_from(dataset, None) is None


def test_another_attempt_or_step_does_not_touch_what_a_row_points_to(dataset: Dataset) -> None:
    places = {voice_file(dataset, "abcdef", number, step) for number in (1, 2) for step in ("ask", "longer", "correct")}
    assert len(places) == 6


def test_what_a_killed_run_left_half_is_removed(dataset: Dataset) -> None:
    path = voice_file(dataset, "abcdef", 1, "ask")
    path.parent.mkdir(parents=True)
    half, other = path.with_name(f"{path.name}.0123.tmp"), path.with_name("abcdef-2.wav")
    half.touch()
    other.touch()
    voice_file(dataset, "abcdef", 1, "ask")
    assert (half.exists(), other.exists()) == (False, True)


def test_the_voices_of_answers_that_were_not_chosen_go(dataset: Dataset) -> None:
    paths = [voice_file(dataset, "abcdef", 1, step) for step in ("ask", "again")]
    paths[0].parent.mkdir(parents=True)
    for path in paths:
        path.touch()
    first, second = (answer(voice_path=seen_from(dataset, str(path))) for path in paths)
    drop_others(dataset, [first, second, answer()], [second])
    assert [path.exists() for path in paths] == [False, True]
