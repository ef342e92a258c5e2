"""How bit rates follow from a byte budget."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.encoding import (
    GOOD_CRF,
    GOOD_SOUND,
    WORST_CRF,
    WORST_SOUND,
    fits_wav,
    frames_of,
    is_roomy,
    mp3_rate,
    picture_rate,
    video_options,
    video_rates,
)
from tasks.records import Picture

SEVEN_MB = 7_000_000
LENGTHS = st.integers(500, 3_600_000)
BUDGETS = st.integers(50_000, 20_000_000)


def test_a_short_clip_has_good_picture_and_good_sound() -> None:
    rates = video_rates(60_000, SEVEN_MB, sound=True, crf=GOOD_CRF)
    assert (rates.crf, rates.sound) == (GOOD_CRF, GOOD_SOUND)


def test_a_long_clip_shares_the_budget_between_picture_and_sound() -> None:
    rates = video_rates(1_080_000, SEVEN_MB, sound=True, crf=GOOD_CRF)
    assert rates.sound == WORST_SOUND
    assert 15_000 < rates.maxrate < 30_000


def test_at_the_floors_both_are_at_their_worst() -> None:
    rates = video_rates(60_000, SEVEN_MB, sound=True, crf=WORST_CRF)
    assert (rates.crf, rates.sound) == (WORST_CRF, WORST_SOUND)


def test_at_the_floor_no_rate_pushes_the_quality_below_it() -> None:
    good, worst = (video_options(video_rates(60_000, 90_000, sound=False, crf=crf), 1) for crf in (GOOD_CRF, WORST_CRF))
    assert good["crf_max"] == worst["crf"] == WORST_CRF
    assert "maxrate" in good
    assert "maxrate" not in worst


def test_only_where_bits_are_plenty_they_are_not_sought_hard() -> None:
    shown = Picture(1280, 704, 2.0, 200, 921_600)
    lengths = (60_000, 120_000, 240_000)
    rates = [video_rates(length, SEVEN_MB, sound=True, crf=GOOD_CRF) for length in lengths]
    assert [is_roomy(one, shown) for one in rates] == [True, True, False]
    assert not is_roomy(video_rates(60_000, SEVEN_MB, sound=True, crf=WORST_CRF), shown)


def test_only_sound_at_its_best_rate_is_coded_fast() -> None:
    rates = [video_rates(length, SEVEN_MB, sound=True, crf=GOOD_CRF) for length in (60_000, 1_080_000)]
    rates.append(video_rates(60_000, SEVEN_MB, sound=False, crf=GOOD_CRF))
    assert [video_options(one, 1).get("aac_coder") for one in rates] == ["fast", None, None]


def test_without_sound_the_picture_has_the_whole_budget() -> None:
    assert video_rates(60_000, SEVEN_MB, sound=False, crf=GOOD_CRF).sound == 0


@given(LENGTHS, BUDGETS, st.booleans(), st.sampled_from([GOOD_CRF, WORST_CRF]))
def test_a_picture_held_to_its_rates_stays_within_the_budget(
    length_ms: int, budget: int, sound: bool, crf: int
) -> None:
    rates = video_rates(length_ms, budget, sound=sound, crf=crf)
    seconds = length_ms / 1000
    picture = rates.maxrate * seconds + 0.9 * rates.bufsize
    affordable = rates.maxrate > 1000  # below, the budget is beneath the floors
    assert not affordable or (picture + rates.sound * seconds) / 8 <= budget


@given(LENGTHS, BUDGETS)
def test_sound_never_falls_below_its_floor(length_ms: int, budget: int) -> None:
    assert video_rates(length_ms, budget, sound=True, crf=GOOD_CRF).sound >= WORST_SOUND
    assert (mp3_rate(length_ms, budget) or WORST_SOUND) >= WORST_SOUND


@given(LENGTHS, BUDGETS)
def test_an_mp3_stays_within_the_budget(length_ms: int, budget: int) -> None:
    rate = mp3_rate(length_ms, budget)
    assert rate is None or rate * length_ms / 8000 <= budget


def test_four_minutes_of_sound_fit_as_wav_and_five_do_not() -> None:
    assert fits_wav(210_000, SEVEN_MB)
    assert not fits_wav(220_000, SEVEN_MB)


def test_sound_too_long_for_the_lowest_rate_has_none() -> None:
    assert mp3_rate(3_600_000, SEVEN_MB) is None
    assert mp3_rate(2_300_000, SEVEN_MB) == 24_000


@pytest.mark.parametrize(
    ("fps", "rate"), [(2.0, Fraction(2)), (2048 / 3600, Fraction(128, 225)), (0.5, Fraction(1, 2))]
)
def test_the_frame_rate_reaches_ffmpeg_as_the_fraction_it_was(fps: float, rate: Fraction) -> None:
    assert picture_rate(fps) == rate


def test_frames_are_thinned_out_before_they_are_turned_and_scaled() -> None:
    names = [name for name, _ in frames_of(Picture(64, 64, 2.0, 8, 4096), (("hflip", {}),), 0)]
    assert names.index("fps") < names.index("hflip") < names.index("scale")
