"""Claims in words as ranges of speedups."""

from __future__ import annotations

import pytest

from simkit.report.claims import published_claim, speedup_in

SAVED = {  # words: percent of CPU time saved
    "10-14 %": (10.0, 14.0),
    "6 to 7 % less CPU time": (6.0, 7.0),
    "4.3 %": (4.3, 4.3),
    "10 % with a 2 MeV threshold": (10.0, 10.0),
}


@pytest.mark.parametrize("text", SAVED)
def test_a_saving_of_time_becomes_a_ratio_of_times(text):
    low, high = SAVED[text]
    assert speedup_in(text) == pytest.approx((100.0 / (100.0 - low), 100.0 / (100.0 - high)))


@pytest.mark.parametrize("text", ["x1.84", "1.84x", "1.84 times as many events", "× 1.84 with all"])
def test_a_ratio_is_taken_as_it_is(text):
    assert speedup_in(text) == (1.84, 1.84)


@pytest.mark.parametrize("text", ["", "few %", "under test", "in mc20", "100 %"])
def test_words_without_a_usable_number_claim_no_ratio(text):
    assert speedup_in(text) is None


def test_the_ladder_goes_before_the_catalogue():
    # ATLAS, Catania 2024: 10-14 %, 17.5 % on top of gamma-general.
    from_catalogue = published_claim("", ["woodcock:min_MeV=0.1"])
    assert from_catalogue.speedup == pytest.approx((1.0 / 0.9, 1.0 / 0.825))
    assert "Catania" in from_catalogue.source
    assert published_claim("3 %", ["woodcock"]).speedup == pytest.approx((1.0 / 0.97, 1.0 / 0.97))
    assert published_claim("", ["woodcock", "gamma-roulette"]).speedup is None
