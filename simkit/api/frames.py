"""The tables of records: pandas DataFrames, units in the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pydantic import BaseModel

    from simkit.record.campaign import Campaign
    from simkit.record.comparison import Comparison, Contrast, Side
    from simkit.record.equivalence import Equivalence
    from simkit.record.interval import Interval
    from simkit.record.measurement import CallComparison
    from simkit.record.result import Result


def of_models(models: Iterable[BaseModel], index: str, leave_out: Iterable[str] = ()) -> pd.DataFrame:
    """Return one row a model, its plain fields as columns; intervals take three: NAME, NAME_lo, NAME_hi."""
    gone = set(leave_out)
    rows = [
        {k: v for k, v in flat(model.model_dump(by_alias=True)).items() if k not in gone} for model in models
    ]
    return pd.DataFrame(rows).set_index(index) if rows else pd.DataFrame()


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with intervals laid flat and other tables below them by dotted names."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping) and {"value", "lo", "hi"} <= value.keys():
            out |= {name: value["value"], f"{name}_lo": value["lo"], f"{name}_hi": value["hi"]}
        elif isinstance(value, Mapping):
            out |= {f"{name}.{key}": part for key, part in flat(value).items()}
        else:
            out[name] = value
    return out


def deposits(result: Result) -> pd.DataFrame:
    """Return the energy deposited per event by region (MeV): mean, its standard error, spread, quantiles."""
    columns = ("mean", "sem", "sd", "q16", "q50", "q84")
    rows = {region: [getattr(of, name) for name in columns] for region, of in result.edep_MeV.items()}
    return _by_region(rows, [f"{name}_MeV" for name in columns])


def visible(result: Result) -> pd.DataFrame:
    """Return what the readout sees, as `deposits`, of the regions where that is not all."""
    columns = ("mean", "sem", "sd", "q16", "q50", "q84", "quenched", "late")
    rows = {region: [getattr(of, name) for name in columns] for region, of in result.visible_MeV.items()}
    return _by_region(rows, [f"{name}_MeV" for name in columns])


def steps(result: Result) -> pd.DataFrame:
    """Return the steps per event by region and particle, the world's too."""
    frame = pd.DataFrame(result.steps_by)
    frame.index.name = "region"
    return frame


def layers(result: Result) -> pd.DataFrame:
    """Return the energy deposited per event by region and layer (MeV); layers count from 1.

    Of the regions in `visible_MeV` it is what their readout sees.
    """
    rows = [
        (region, i, mean, error)
        for region, means in result.layers_MeV.items()
        for i, (mean, error) in enumerate(zip(means, result.layers_sem_MeV[region]), start=1)
    ]
    return pd.DataFrame(rows, columns=["region", "layer", "mean_MeV", "sem_MeV"]).set_index(
        ["region", "layer"]
    )


def physics(record: Equivalence) -> pd.DataFrame:
    """Return one row an observable of the equivalence test; layers count from 1, in the record from 0."""
    frame = pd.DataFrame([row.model_dump() for row in record.rows])
    if len(frame):
        frame["layer"] = frame["layer"].astype("Int64") + 1  # there is none of most
    return frame


def values(record: Equivalence) -> pd.DataFrame:
    """Return one row an observable of two callables, by its name."""
    frame = pd.DataFrame([row.model_dump() for row in record.rows]).rename(columns={"a": "old", "b": "new"})
    return frame.set_index(frame.pop("region").rename("observable")).drop(
        columns=["observable", "layer", "value_unit"]
    )


def sides(comparison: Comparison) -> pd.DataFrame:
    """Return both sides of a comparison, per event: time, steps, secondaries, deposits.

    In a field what was counted there follows, by charged step.
    """
    columns = {
        name: {
            **flat({"cpu_ms": _scaled(side.cpu_s_per_event, 1e3)}),
            "ns_per_step": side.ns_per_step,
            **{f"steps.{k}": v for k, v in side.steps_per_event.items()},
            **{f"secondaries.{k}": v for k, v in side.secondaries_per_event.items()},
            **{f"edep_MeV.{k}": v.mean for k, v in side.edep_MeV.items()},
            **_in_field(side),
        }
        for name, side in (("A", comparison.a), ("B", comparison.b))
    }
    return pd.DataFrame(columns)


def _in_field(side: Side) -> dict[str, float]:
    counts = side.field_counts
    return {} if counts is None else {f"{k}_per_charged_step": v for k, v in counts.by_step.items()}


def calls(record: CallComparison) -> pd.DataFrame:
    """Return both callables, a column each: milliseconds a call by every clock, and calls of a block."""
    columns = {}
    for side in (record.a, record.b):
        times = {f"{clock}_ms": _scaled(interval, 1e3) for clock, interval in side.times.items()}
        columns[side.name] = {**flat(times), "calls_per_block": side.calls}
    return pd.DataFrame(columns)


def _scaled(interval: Interval, factor: float) -> dict[str, float]:
    return {name: factor * getattr(interval, name) for name in ("value", "lo", "hi")}


def rungs(campaign: Campaign) -> pd.DataFrame:
    """Return one row a rung: what it does by itself, and all that is on by then against the baseline.

    By itself: against the rung before in a cumulative ladder, on top of all others where it has been left
    out, else against the baseline.
    """
    rows = []
    for rung in campaign.rungs:
        rows.append(
            {
                "rung": rung.name,
                "with": "+".join(rung.adds),
                **_contrast(rung.own),
                **{f"since_baseline.{key}": v for key, v in _contrast(rung.against_baseline).items()},
                **flat({"cpu_ms": _scaled(rung.throughput.cpu_s_per_event, 1e3)}),
                "published": rung.published,
            }
        )
    return pd.DataFrame(rows).set_index("rung") if rows else pd.DataFrame()


def _contrast(contrast: Contrast) -> dict[str, Any]:
    gain = contrast.speedup
    return {
        "speedup": gain.value,
        "lo": gain.lo,
        "hi": gain.hi,
        "verdict": contrast.verdict,
        "steps_ratio": contrast.steps_ratio.total,
        "physics": contrast.physics.verdict,
    }


def _by_region(rows: dict[Any, Any], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("region")
