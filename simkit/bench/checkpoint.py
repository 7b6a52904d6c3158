"""A campaign's folder while it is measured: the plan and all rounds so far, written whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from pydantic import ValidationError

from simkit.bench.pairing import Measurement
from simkit.bench.samples import Sample
from simkit.bench.schema import Record, Score
from simkit.bench.spending import Spent
from simkit.errors import BadInput

PLAN, STATE, CAMPAIGN = "plan.json", "state.npz", "campaign.json"
SAVE_EVERY_S = 10.0


class CampaignPlan(Record):
    """What a campaign was begun with, to go on with exactly that.

    code: names the sources, compiler and processor; rounds made with other code are other rounds.
    """

    schema_version: int = 1
    ladder: dict[str, Any]
    seed: int
    budget_s: float
    seconds_per_MeV: float
    planned: int
    code: str
    scenario_hashes: list[str]
    score: Score


def write_plan(folder: Path, plan: CampaignPlan) -> None:
    """Make the folder and write the plan. Errors: BadInput."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / PLAN, plan.to_json().encode())
    except OSError as error:
        raise BadInput(
            f"cannot write to {str(folder)!r} ({error.strerror}); give a writable folder"
        ) from None


def read_plan(folder: Path) -> CampaignPlan:
    """Return the plan in a campaign's folder. Errors: BadInput."""
    path = folder / PLAN
    try:
        return CampaignPlan.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(
            f"--resume: {str(path)!r} cannot be read ({error.strerror}); give the folder of a campaign"
        ) from None
    except (ValidationError, ValueError):
        raise BadInput(
            f"--resume: {str(path)!r} is not a campaign's plan; begin the campaign again"
        ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there: readers see the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(part, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class Saver:
    """Writes the rounds so far now and then; `used_s` is told by `elapsed` when it is written."""

    def __init__(self, folder: Path, m: Measurement, spent: Spent, elapsed: Callable[[], float]) -> None:
        self.folder, self.m, self.spent, self.elapsed = folder, m, spent, elapsed
        self.saved = time.monotonic()

    def now_and_then(self) -> None:
        """Write if the last time is long enough ago."""
        if time.monotonic() - self.saved > SAVE_EVERY_S:
            self.now()

    def now(self) -> None:
        """Write everything. Errors: BadInput when the disk is full or the folder gone."""
        arrays: dict[str, Any] = {
            "times": np.array(self.m.times),
            "block_energy": np.array(self.m.block_energy),
            "self_times": np.array(self.m.self_times),
            "timed_steps": self.m.timed_steps,
            "cursor": self.m.cursor,
            "spent": np.array([self.spent.timing_s, self.spent.physics_s, self.elapsed()]),
        }
        for side in range(len(self.m.sides)):
            if self.m.parts[side]:
                sample = self.m.sample(side)
                arrays |= {f"{side}.{f.name}": getattr(sample, f.name) for f in fields(Sample)}
        part = self.folder / f".{STATE}.{os.getpid()}.npz"
        try:
            with open(part, "wb") as stream:
                np.savez(stream, **arrays)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, self.folder / STATE)
        except OSError as error:
            raise BadInput(
                f"cannot write to {str(self.folder)!r} ({error.strerror}); what was written before is kept"
            ) from None
        finally:
            part.unlink(missing_ok=True)
        self.saved = time.monotonic()


def restore(folder: Path, m: Measurement, spent: Spent) -> float:
    """Fill `m` and `spent` with the rounds kept in `folder`, if any, and return the seconds used."""
    path = folder / STATE
    if not path.exists():
        return 0.0
    try:
        with np.load(path) as state:
            m.times = list(state["times"])
            m.block_energy = list(state["block_energy"])
            m.self_times = list(state["self_times"])
            m.timed_steps = state["timed_steps"]
            m.cursor = int(state["cursor"])
            spent.timing_s, spent.physics_s, used_s = map(float, state["spent"])
            for side in range(len(m.sides)):
                if f"{side}.energy" in state:
                    m.parts[side] = [Sample(*(state[f"{side}.{f.name}"] for f in fields(Sample)))]
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        raise BadInput(
            f"--resume: {str(path)!r} is damaged ({type(error).__name__}); delete it to measure again"
        ) from None
    return used_s
