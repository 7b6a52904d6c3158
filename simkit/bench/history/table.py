"""The history: every record kept below a folder, its figures in one tidy table.

A record is read as it lies there, whatever version of simkit wrote it: its numbers become figures. The
table is made of the records, never the other way round, so that a lost or damaged one is
only made again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from simkit.bench.history.metrics import HS23_STYLE, NORMALISED
from simkit.errors import BadInput
from simkit.reading import read_json
from simkit.record.machine import machine_name

KINDS = {
    "simkit.result": "run",
    "simkit.comparison": "comparison",
    "simkit.side-by-side": "comparison",
    "simkit.campaign": "campaign",
    "simkit.score": "score",
    "simkit.validation": "validation",
}
FILES = ("result", "comparison", "side-by-side", "campaign", "score", "validation")
# Parts of a record that say how it was made, not what came out.
NO_METRIC = ("scenario", "engine", "machine", "settings", "seed", "cuts_MeV", "level", "sequential_level")
CONTRAST = ("speedup", "steps_ratio", "secondaries_ratio", "attribution", "figure_of_merit")
# What comes of times; left out where these are doubted.
OF_TIMES = ("speedup", "attribution", "figure_of_merit", "cpu_s_per_event", "times", "ns_per_step")


class Number(NamedTuple):
    """A number of a record, with its interval where it has one."""

    value: float
    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True)
class Configuration:
    """What was measured: figures of one configuration make a series over time.

    scenario: "score" and "validation" for these two. against: what a speedup is against, in a comparison.
    """

    machine: str
    kind: str
    scenario: str
    speedups: str = ""
    hash: str = ""
    engine: str = ""
    backend: str = ""
    against: str = ""

    def __str__(self) -> str:
        """Return the name of the series, of all but the machine and the hash."""
        name = "+".join(filter(None, [self.scenario, self.speedups]))
        name += f" against {self.against}" if self.against else ""
        engine = " ".join(part for part in (self.engine, self.backend) if part not in ("", "native", "cpu"))
        extra = ", ".join(part for part in (self.kind, engine) if part and part != self.scenario)
        return f"{name} ({extra})" if extra else name

    @property
    def label(self) -> str:
        """Return the name with the hash: what tells apart one scenario with other settings."""
        return f"{self} #{self.hash[:8]}" if self.hash else str(self)


@dataclass(frozen=True)
class Entry:
    """One configuration at one time (ISO 8601): commit and version of simkit, and all its figures."""

    configuration: Configuration
    created: str
    commit: str
    version: str
    record: Path
    figures: Mapping[str, Number]


def read_history(folders: Iterable[Path]) -> tuple[list[Entry], list[str]]:
    """Return the entries of all records below `folders`, oldest first, and what is wrong with those left out.

    Records of other programs are passed over in silence.
    """
    entries: list[Entry] = []
    faults: list[str] = []
    paths = {
        path.resolve(): path for folder in folders for name in FILES for path in folder.rglob(f"{name}.json")
    }
    for path in sorted(paths.values()):
        try:
            record = read_json(path, "make it again")
            kind = KINDS.get(str(record.get("schema", "")).partition("/")[0])
            if kind is not None:
                entries += [_checked(entry) for entry in _entries(kind, record, path)]
        except BadInput as error:
            faults.append(str(error))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            faults.append(f"{path}: damaged or no record ({type(error).__name__}: {error})")
    return sorted(entries, key=lambda entry: entry.created), faults


def _checked(entry: Entry) -> Entry:
    """Return an entry whose texts are texts. Errors: TypeError, ValueError."""
    told = {"created": entry.created, "commit": entry.commit, "version": entry.version}
    for name, text in {**told, **vars(entry.configuration)}.items():
        if not isinstance(text, str):
            raise TypeError(f"{name}: found {text!r}, no text")
        text.encode()  # a lone surrogate could be neither printed nor exported
    if entry.created:
        datetime.fromisoformat(entry.created)
    "".join(entry.figures).encode()
    return entry


def need_history(folders: Sequence[Path]) -> tuple[list[Entry], list[str]]:
    """Return what `read_history` does. Errors: BadInput where there is no record at all."""
    entries, faults = read_history(folders)
    if not entries:
        places = " or ".join(repr(str(folder)) for folder in folders)
        found = f" (left out: {faults[0]})" if faults else ""
        raise BadInput(
            f"there is no result.json or other record below {places}{found}; give --results FOLDER"
        )
    return entries, faults


def _entries(kind: str, record: dict[str, Any], path: Path) -> Iterator[Entry]:
    if kind == "run":
        about, engine = record["scenario"], record["engine"]
        configuration = Configuration(
            machine=machine_name(record["machine"]),
            kind=kind,
            scenario=about["name"],
            speedups="+".join(about["speedups"]),
            hash=about["hash"],
            engine=engine["name"],
            backend=engine["backend"],
        )
        created, version = record["timing"]["created"], engine["version"]
        timing = record["timing"]
        figures = _flat({**record, **timing, "timing": {}, **_energy(timing)})
        yield Entry(configuration, created, engine.get("commit", ""), version, path, figures)
    elif kind == "comparison":
        against = record["a"]["label"]
        doubted = bool(record.get("doubts"))
        yield _side(kind, record, record["a"], path, doubted=doubted)
        yield _side(kind, record, record["b"], path, _contrast(record), against, doubted)
    elif kind == "campaign":
        base = record["baseline"]
        # They are of the campaign, which has one baseline.
        found = {"interaction": _interactions(record.get("interactions", []))}
        yield _side(kind, record, base, path, {**_throughput(record.get("baseline_throughput")), **found})
        for rung in record["rungs"]:
            more = {**_throughput(rung.get("throughput")), **_contrast(rung["against_baseline"])}
            if left_out := rung.get("left_out"):
                more["left_out"] = {left_out["name"]: _contrast(left_out["contrast"])}
            doubted = bool(rung["against_baseline"].get("doubts"))
            # Builds of a program have one scenario and no speedups: the ladder's names tell them apart.
            name = rung["name"] if any(text.startswith("engine:") for text in rung["with"]) else ""
            yield _side(kind, record, rung["side"], path, more, base["label"], doubted, name)
    elif kind == "score":
        yield from _score(record, path)
    else:
        checks = {check.pop("name"): check for check in record["checks"]}
        configuration = Configuration("", kind, kind)
        sums = {
            name: sum(check[name] for check in checks.values()) for name in ("rows", "failed", "disputed")
        }
        figures = _flat({**checks, **sums})
        yield Entry(
            configuration, record["created"], record.get("commit", ""), record["version"], path, figures
        )


def _side(
    kind: str,
    record: dict[str, Any],
    side: dict[str, Any],
    path: Path,
    more: Mapping[str, Any] | None = None,
    against: str = "",
    doubted: bool = False,
    name: str = "",
) -> Entry:
    made = record["provenance"]
    engine = side["engine"]
    configuration = Configuration(
        machine=machine_name(made["machine"]),
        kind=kind,
        # A side of recorded output names no scenario of its own.
        scenario=side.get("scenario") or record["scenario"],
        speedups=name or "+".join(side.get("speedups", [])),
        hash=side.get("scenario_hash") or record["scenario_hash"],
        engine=engine.get("name", ""),
        backend=engine.get("backend", ""),
        against=against,
    )
    versions = made["versions"]
    version = engine.get("version") or versions.get("simkit", "")
    told = {**side, **_energy(side), **(more or {})}
    if doubted:
        told = {name: value for name, value in told.items() if name not in OF_TIMES}
    figures = _flat(told)
    return Entry(configuration, made["created"], versions.get("commit", ""), version, path, figures)


def _score(record: dict[str, Any], path: Path) -> Iterator[Entry]:
    machine, versions = machine_name(record["machine"]), record["versions"]
    about = (record.get("created", ""), versions.get("commit", ""), versions.get("simkit", ""), path)
    error = 1.96 * record["relative_error"]
    scores: dict[str, Any] = {
        name: {
            "value": record[name],
            "lo": record[name] * (1.0 - error),
            "hi": record[name] * (1.0 + error),
        }
        for name in ("score", "score_per_thread")
    }
    scores["workload"] = {workload["name"]: workload["median"] for workload in record["workloads"]}
    of = Configuration(machine, "score", "score", hash=record["configuration_hash"])
    yield Entry(of, *about, _flat(scores))
    for timed in record.get("throughputs", []):
        speedups = "+".join(timed["speedups"])
        of = Configuration(machine, "score", timed["scenario"], speedups, timed["scenario_hash"], "native")
        yield Entry(of, *about, _flat(_throughput(timed["throughput"])))


def _contrast(contrast: Mapping[str, Any]) -> dict[str, Any]:
    names = [name for name in CONTRAST if not (contrast.get("doubts") and name in OF_TIMES)]
    return {name: contrast[name] for name in names if contrast.get(name) is not None}


def _throughput(throughput: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the times; normalised with another score than simkit's own, they are another metric."""
    if not throughput:
        return {}
    found, unit = dict(throughput), throughput["unit"]
    if unit != HS23_STYLE:
        found[NORMALISED] = {unit.removesuffix(" s"): found[NORMALISED]}
    return found


def _energy(record: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the energy of an event by source."""
    used = record.get("energy_used") or {"parts": []}
    return {"energy_J_per_event": {part["source"]: part["joules_per_event"] for part in used["parts"]}}


def _interactions(found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the interactions of speedups by what was compared: found over expected."""
    return {one["name"] if one["kind"] == "one" else one["kind"]: one["ratio"] for one in found}


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Number]:
    """Return the finite numbers of a record by dotted key; an interval stands for its value."""
    out: dict[str, Number] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if key in NO_METRIC:
            continue
        if isinstance(value, dict) and "value" not in value:
            out |= _flat(value, f"{name}.")
            continue
        parts = [value.get(k) for k in Number._fields] if isinstance(value, dict) else [value, None, None]
        central, lo, hi = map(_finite, parts)
        if central is not None:
            out[name] = Number(central, lo, hi)
    return out


def _finite(value: Any) -> float | None:
    """Return a number of JSON, None for what is none, NaN, or beyond what a float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def series(entries: Iterable[Entry]) -> dict[Configuration, list[Entry]]:
    """Return the entries by configuration, in their order."""
    groups: dict[Configuration, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.configuration, []).append(entry)
    return groups


def unique_names(
    series: Iterable[Configuration], name: Callable[[Configuration], str]
) -> dict[Configuration, str]:
    """Return a name of each series by `name`; where it is taken already, with a number behind it."""
    names: dict[Configuration, str] = {}
    for of in series:
        wanted = found = name(of)
        number = 1
        while found in names.values():
            number += 1
            found = f"{wanted}-{number}"
        names[of] = found
    return names
