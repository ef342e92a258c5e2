"""What PyAV has read is believed where ffprobe has said the same of another file of that form."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tasks.media.av_forms import Forms

A, B = Path("/in/a.m4a"), Path("/in/b.m4a")


def reading(duration: str, *others: str, form: str = "aac") -> dict[str, Any]:
    """A file of which PyAV tells a length, or several where versions of FFmpeg differ."""
    answers = [
        {"format": {"duration": one, "size": "9"}, "streams": [{"duration_ts": 7, "nb_read_packets": "1"}]}
        for one in (duration, *others)
    ]
    packet = {"stream_index": 0, "pts_time": "0.000000", "pos": "44", "flags": "K_"}
    return {"form": {"codec": form}, "answers": answers, "packets": [packet]}


def said(duration: str, path: Path = A, **changed: Any) -> dict[str, Any]:
    """What ffprobe says of a file."""
    packet = {"stream_index": 0, "pts_time": "0.000000", "pos": "44", "flags": "K__", "side_data_list": [{}]}
    stream = {"codec_type": "audio", "codec_long_name": "AAC", "avg_frame_rate": "0/0"}
    return {
        "programs": [],
        "packets": [packet],
        "streams": [{**stream, "duration_ts": 7, "nb_read_packets": "1", **changed}],
        "format": {"filename": f"file:{path}", "probe_score": 100, "duration": duration, "size": "9"},
    }


def without_packets(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    return answer and {name: value for name, value in answer.items() if name != "packets"}


@pytest.fixture
def forms() -> Forms:
    return Forms()


def test_forms_know_nothing_at_first(forms: Forms) -> None:
    assert forms.answer(reading("1.0"), A) is None


def test_forms_describe_a_file_like_one_before(forms: Forms) -> None:
    forms.learn(reading("1.0"), said("1.0"), warned=False)
    assert without_packets(forms.answer(reading("2.0"), B)) == without_packets(said("2.0", B))


def test_forms_leave_another_form_alone(forms: Forms) -> None:
    forms.learn(reading("1.0"), said("1.0"), warned=False)
    assert forms.answer(reading("1.0", form="opus"), A) is None


@pytest.mark.parametrize(
    "answer", [said("1.1"), said("1.0", duration_ts=8), said("1.0", bit_rate="64000"), {**said("1.0"), "packets": []}]
)
def test_forms_distrust_what_ffprobe_contradicts(forms: Forms, answer: dict[str, Any]) -> None:
    forms.learn(reading("1.0"), answer, warned=False)
    assert forms.answer(reading("1.0"), A) is None


def test_forms_distrust_where_ffprobe_warns(forms: Forms) -> None:
    forms.learn(reading("1.0"), said("1.0"), warned=True)
    assert forms.answer(reading("1.0"), A) is None


def test_forms_ask_while_two_versions_differ(forms: Forms) -> None:
    forms.learn(reading("1.0", "1.0"), said("1.0"), warned=False)
    assert forms.answer(reading("2.0", "2.1"), A) is None
    forms.learn(reading("2.0", "2.1"), said("2.1"), warned=False)
    found = forms.answer(reading("3.0", "3.1"), A)
    assert found is not None
    assert found["format"]["duration"] == "3.1"


def test_forms_forget_what_is_no_constant(forms: Forms) -> None:
    forms.learn(reading("1.0", "1.0"), said("1.0"), warned=False)
    forms.learn(reading("2.0", "2.1"), said("2.1", codec_long_name="AAC (HE)"), warned=False)
    assert forms.answer(reading("3.0", "3.0"), A) is None


def test_an_answer_is_its_own(forms: Forms) -> None:
    forms.learn(reading("1.0"), said("1.0"), warned=False)
    first = forms.answer(reading("2.0"), A)
    kept = deepcopy(first)
    assert first is not None
    first["format"]["duration"] = first["streams"][0]["codec_long_name"] = "changed"
    assert forms.answer(reading("2.0"), A) == kept
