"""The result record, made from tallies whose sums can be done by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from simkit.cli.run import show
from simkit.record.making import build_result, summarise
from simkit.record.result import Result
from simkit.record.run_folder import event_columns
from simkit.record.tallies import BALANCE, ENERGY_UNIT, NAMED, WEIGHT_UNIT, Tallies, names_of
from simkit.report.run_page import energy_blocks
from simkit.scenario import Scenario


def test_means_per_event(result: Result) -> None:
    assert result.events == 2
    assert result.steps_per_event == {"gamma": 15.0, "charged": 4.0}  # without the world's 7 and 1
    assert result.steps_by["gamma"] == {"absorber": 5.0, "gap": 10.0, "world": 3.5}
    assert {k: n for k, n in result.secondaries_per_event.items() if n} == {
        "gamma": 2.0,
        "e-": 3.0,
        "e+": 1.0,
    }
    assert result.interactions_per_event["compt"] == 4.0
    assert result.track_length_mm == {"absorber": 0.0, "gap": 15.0, "world": 0.0}
    assert result.layers_MeV == {"absorber": [4.5, 2.5], "gap": [1.5, 1.0]}
    assert result.layers_sem_MeV["gap"] == pytest.approx([0.5, 0.0])
    assert result.edep_MeV["absorber"].mean == 7.0
    assert set(result.edep_MeV) == {"absorber", "gap"}
    assert result.counters["virtual_collisions"] == 11  # a sum, not a mean
    assert result.timing.cpu_s_per_event == 1.0
    assert result.timing.steps_per_s == 46.0


def test_the_balance_closes_with_what_is_not_transported(result: Result) -> None:
    balance = result.energy_balance_MeV
    assert balance.in_ == 15.0
    assert balance.untransported == 5.0
    assert (balance.deposited, balance.leaked) == (9.5, 0.5)
    out = balance.deposited + balance.leaked + balance.killed + balance.untransported + balance.roulette
    assert balance.in_ + balance.rest_mass - out == balance.residual == balance.largest_residual == 0.0


def test_what_a_plug_in_books_is_an_entry_of_the_balance(
    scenario: Scenario,
    tallies: Tallies,
    prepared: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(BALANCE, "_names", [*BALANCE, "carried_off"])
    handed = np.array([[int(2.0 / ENERGY_UNIT)], [0]])
    booked = replace(
        tallies, balance=np.concatenate([tallies.balance, handed], axis=1), names=names_of(NAMED)
    )
    booked.deposits[0, 1] -= int(2.0 / ENERGY_UNIT)
    record = build_result(scenario, booked, prepared, seed=3, engine="native", engine_version="1.2")
    balance = record.energy_balance_MeV
    assert balance.others == dict.fromkeys(BALANCE[5:-1], 0.0) | {"carried_off": 1.0}
    assert balance.residual == balance.largest_residual == 0.0
    assert event_columns(booked, prepared.regions)["energy_balance_MeV.residual"].tolist() == [0.0, 0.0]
    assert Result.model_validate_json(record.to_json()) == record
    show(record)
    assert "roulette 0, carried off 1.00000, untransported 0" in " ".join(capsys.readouterr().out.split())
    assert "carried off" in repr(energy_blocks(record))


def test_what_is_left_out_is_told(result: Result) -> None:
    assert result.untransported_MeV == {"p": 1.0, "pi+": 4.0}
    assert result.outside_cuts_MeV == {"gamma": 2.0}


def test_json_has_the_keys_of_the_contract(scenario: Scenario, result: Result) -> None:
    text = result.to_json()
    record = json.loads(text)
    assert list(record) == [
        "schema",
        "scenario",
        "engine",
        "machine",
        "events",
        "seed",
        "timing",
        "steps_per_event",
        "steps_by",
        "secondaries_per_event",
        "interactions_per_event",
        "edep_MeV",
        "layers_MeV",
        "layers_sem_MeV",
        "track_length_mm",
        "untransported_MeV",
        "outside_cuts_MeV",
        "not_simulated",
        "punch_through",
        "visible_MeV",
        "energy_balance_MeV",
        "counters",
        "cuts_MeV",
        "models",
        "fastsim",
        "gate",
        "weights",
    ]
    assert record["schema"] == "simkit.result/1"
    assert record["scenario"]["hash"] == scenario.hash
    assert record["scenario"]["speedups"] == ["woodcock"]
    assert list(record["energy_balance_MeV"])[:2] == ["in", "rest_mass"]
    assert Result.model_validate_json(text).to_json() == text


def test_a_single_event_has_no_spread() -> None:
    deposit = summarise(np.array([3.0]))
    assert (deposit.mean, deposit.sd, deposit.sem, deposit.q50) == (3.0, None, None, 3.0)


def test_spread_and_quantiles() -> None:
    """Of 0 ... 100: mean 50, q16 = 16, q84 = 84, variance n (n + 1) / 12."""
    deposit = summarise(np.arange(101.0))
    assert (deposit.mean, deposit.q16, deposit.q50, deposit.q84) == (50.0, 16.0, 50.0, 84.0)
    assert deposit.sd == pytest.approx((101 * 102 / 12) ** 0.5)
    assert deposit.sem == pytest.approx((102 / 12) ** 0.5)


def test_a_weighted_run_has_weighted_deposits_and_the_balance_of_what_was_simulated(
    tallies: Tallies, prepared: SimpleNamespace, scenario: Scenario
) -> None:
    plain = build_result(scenario, tallies, prepared, seed=1, engine="native", engine_version="0")
    tallies.event_weight = np.array([[3], [1]]) * round(0.5 / WEIGHT_UNIT)
    tallies.deposits[1, 1] = 0
    result = build_result(scenario, tallies, prepared, seed=1, engine="native", engine_version="0")
    assert plain.weights is None
    assert result.weights is not None
    assert (result.weights.mean, result.weights.effective_events) == (1.0, 1.6)  # 4^2 / (3^2 + 1^2)
    assert result.edep_MeV["gap"].mean == (3 * 3.0 + 1.0) / 4
    assert result.layers_MeV["gap"] == [1.5, 1.0]
    assert result.layers_sem_MeV["gap"][0] == pytest.approx(0.75)  # 2^0.5 (0.75^2 + 0.75^2)^0.5 / 2
    assert result.energy_balance_MeV.in_ == plain.energy_balance_MeV.in_
    assert result.steps_per_event == plain.steps_per_event
    assert event_columns(tallies, prepared.regions)["weight"].tolist() == [1.5, 0.5]
