"""What any program may print to be compared: `key: value` lines, or Bencher Metric Format (BMF) JSON.

    events: 100                         how many were simulated
    deposit.REGION.mean_MeV: 7726.3     per event; deposit.REGION.sd_MeV: over events, with n - 1
    layer.REGION.3.mean_MeV: 41.2       layers count from 1; REGION may be a sum: absorber+gap
    leakage.mean_MeV: 128.9
    steps.gamma: 36667                  per event; steps.charged, steps.total
    secondaries.e-: 8958                per event; gamma, e+, total
    cpu_s_per_event: 0.125              or wall_s_per_event; read from recorded output only
    beam.particle: e-                   and beam.energy_MeV, kinetic: checked where they are told

Each key stands there once: a log of two runs is refused, and so is a key that begins like one of these and is
none. A value may be followed by a unit (eV ... TeV; s, ms, us) and is converted to that of the key; all other
lines are ignored, and so is JSON without such a key. In BMF, {"BENCHMARK": {"MEASURE": {"value": x}}}, the
key is MEASURE or BENCHMARK.MEASURE (https://bencher.dev/docs/reference/bencher-metric-format); that of
simkit's own runs, from `simkit history --export bmf`, is read by the names it has there.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from simkit.engines.figures import ENERGY, Figures, total_secondaries, total_steps, whole_number
from simkit.errors import BadInput, unknown

MOST_FAILURES = 1000  # braces that begin no JSON object
TIME = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
REGION = r"[A-Za-z][A-Za-z0-9_+-]*"
KEY = re.compile(
    rf"events|(?:cpu|wall)_s_per_event|leakage\.mean_MeV|deposit\.{REGION}\.(?:mean|sd)_MeV|"
    rf"layer\.{REGION}\.\d+\.mean_MeV|steps\.(?:gamma|charged|total)|secondaries\.(?:gamma|e-|e\+|total)|"
    r"beam\.energy_MeV"
)
PARTICLE = "beam.particle"
ROOTS = ("deposit.", "layer.", "leakage.", "steps.", "secondaries.", "beam.")
# What simkit's own export calls them.
EXPORTED = (
    (re.compile(rf"edep_MeV\.({REGION})\.(mean|sd)"), r"deposit.\1.\2_MeV"),
    (re.compile(r"(steps|secondaries)_per_event\.(.+)"), r"\1.\2"),
    (re.compile(r"energy_balance_MeV\.leaked"), "leakage.mean_MeV"),
)
LINE = re.compile(r"^\s*(\S+?)\s*[:=]\s*(\S+)\s*(\S*)\s*$")


class Reported(NamedTuple):
    """What a program told: figures, and seconds per event with what they are ("CPU" or "wall").

    counted: whether it told how many events it simulated. particle, energy_MeV: its beam, where it told it.
    """

    figures: Figures
    s_per_event: float | None
    time: str
    counted: bool
    particle: str | None
    energy_MeV: float | None


def read_key_values(text: str, regions: Collection[str], where: str, events: float | None = None) -> Reported:
    """Return what `text` tells. `events` is how many were asked for, None when that is not known.

    Errors: BadInput when no key is known, a region is not one of `regions`, a value is no number, or the
    number of events is unknown or another than asked for.
    """
    values = _Values(where)
    _read_bmf(text, values)
    _read_lines(text, values)
    if not values:
        _check_json(text, where)
        raise BadInput(
            f"{where}: nothing in its output is known; it must print `key: value` lines such as "
            "`deposit.absorber.mean_MeV: 7726.3`, or BMF JSON"
        )
    for key in values:
        root, _, rest = key.partition(".")
        region = rest.partition(".")[0]
        if root in ("deposit", "layer"):
            for part in region.split("+"):
                if part not in regions:
                    raise unknown("region", part, regions, f"{where}: {key}")
    told = values.get("events")
    if told is None and events is None:
        raise BadInput(f"{where}: it does not report how many events it simulated; print `events: N`")
    if told is not None and events is not None and told != events:
        raise BadInput(
            f"{where}: it simulated {told:g} events, not the {events:g} it was asked for; let it simulate "
            "exactly {events}, or leave that out of its command line"
        )
    time = next((name for name in ("cpu", "wall") if f"{name}_s_per_event" in values), None)
    count = told if told is not None else float(events or 0)
    figures = Figures(
        events=count,
        deposits=_group(values, "deposit", ".mean_MeV"),
        spreads=_group(values, "deposit", ".sd_MeV") if count > 1 else {},
        layers=_layers(values, where),
        leaked=values.get("leakage.mean_MeV"),
        steps=total_steps(_group(values, "steps", "")),
        secondaries=total_secondaries(_group(values, "secondaries", "")),
    )
    return Reported(
        figures,
        values[f"{time}_s_per_event"] if time else None,
        {"cpu": "CPU", "wall": "wall"}.get(time or "", ""),
        told is not None,
        values.particle,
        values.get("beam.energy_MeV"),
    )


class _Values(dict[str, float]):
    """The values of an output by KEY, each told once, and its beam's particle."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.particle: str | None = None
        self.told_by: dict[str, str] = {}

    def add(self, key: str, value: float, teller: str) -> None:
        """Add what `teller` ("line 3") tells. Errors: BadInput when it is impossible, or was told before."""
        if key in self:
            raise BadInput(
                f"{self.where}: {key} is given by {self.told_by[key]} and by {teller}; give the output of "
                "one run of one configuration"
            )
        if not 0.0 <= value < math.inf:
            raise BadInput(
                f"{self.where}: {teller}: {key} is {value:g}; a finite number, 0 or more, was expected"
            )
        self[key] = value
        self.told_by[key] = teller


class _Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object as the pairs it is written in, so that a key that stands there twice is seen."""


def _read_bmf(text: str, values: _Values) -> None:
    """Read the values of all JSON objects in the text."""
    decoder, begin, failures = json.JSONDecoder(object_pairs_hook=_Pairs), text.find("{"), 0
    while begin >= 0 and failures < MOST_FAILURES:
        try:
            tree, end = decoder.raw_decode(text, begin)
        except ValueError:  # a brace of something else
            end = begin + 1
            failures += 1
        except RecursionError:
            return
        else:
            _read_tree(tree, values)
        begin = text.find("{", end)


def _check_json(text: str, where: str) -> None:
    """Raise BadInput that names the fault of what begins as JSON."""
    if not text.lstrip().startswith("{"):
        return
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: line {error.lineno}: not valid JSON ({error.msg})") from None
    except ValueError:
        raise BadInput(f"{where}: not valid JSON (a number of thousands of digits)") from None
    except RecursionError:
        raise BadInput(f"{where}: not valid JSON (nested too deeply)") from None


def _read_tree(tree: _Pairs, values: _Values) -> None:
    """Read the values of BMF."""
    for benchmark, measures in tree:
        for measure, metric in measures if isinstance(measures, _Pairs) else ():
            name = _known_name(measure)
            key = name if KEY.fullmatch(name) else f"{benchmark}.{measure}"
            if KEY.fullmatch(key):
                value = dict(metric).get("value") if isinstance(metric, _Pairs) else None
                values.add(key, _number(value, "", key, values.where), repr(benchmark))


def _known_name(measure: str) -> str:
    for exported, key in EXPORTED:
        if exported.fullmatch(measure):
            return exported.sub(key, measure)
    return measure


def _read_lines(text: str, values: _Values) -> None:
    for place, line in enumerate(text.splitlines(), start=1):
        match = LINE.match(line)
        if match is None:
            continue
        if match[1] == PARTICLE:
            values.particle = match[2]
        elif KEY.fullmatch(match[1]):
            number = _number(match[2], match[3], match[1], f"{values.where}: line {place}")
            values.add(match[1], number, f"line {place}")
        elif match[1].startswith(ROOTS):
            raise BadInput(
                f"{values.where}: line {place}: {match[1]} is not a key; such keys are "
                "deposit.REGION.mean_MeV, deposit.REGION.sd_MeV, layer.REGION.1.mean_MeV, leakage.mean_MeV, "
                "steps.gamma, secondaries.e-, beam.particle, beam.energy_MeV"
            )


def _number(value: Any, unit: str, key: str, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(f"{where}: {key} is {str(value)[:40]!r}; a number was expected") from None
    if not unit:
        return number
    units = ENERGY if key.endswith("_MeV") else TIME if key.endswith("_s_per_event") else {}
    if unit not in units:
        allowed = ", ".join(units) or "none"
        raise BadInput(f"{where}: {key}: the unit {unit!r} is not known; allowed: {allowed}")
    return number * units[unit]


def _group(values: Mapping[str, float], root: str, ending: str) -> dict[str, float]:
    """Return {name: value} of the keys root.NAME + ending."""
    head = f"{root}."
    return {
        key.removeprefix(head).removesuffix(ending): value
        for key, value in values.items()
        if key.startswith(head) and key.endswith(ending)
    }


def _layers(values: Mapping[str, float], where: str) -> dict[str, tuple[float, ...]]:
    rows: dict[str, dict[int, float]] = {}
    for name, value in _group(values, "layer", ".mean_MeV").items():
        region, _, layer = name.rpartition(".")
        rows.setdefault(region, {})[whole_number(layer, f"a layer of {region}", where)] = value
    for region, row in rows.items():
        if sorted(row) != list(range(1, len(row) + 1)):
            raise BadInput(f"{where}: layer.{region}: layers must be numbered from 1 without a gap")
    return {region: tuple(row[i] for i in sorted(row)) for region, row in rows.items()}
