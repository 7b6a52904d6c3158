"""Kill a campaign at random moments: does going on lose, repeat or change anything?

Usage: python -m studies.kills [--kills 30] [--seed 20251122] [--out results/faults]

A small campaign planned by counts (`simkit campaign --rounds --events`) is run undisturbed, twice. The same
is begun once more and, at a moment drawn evenly from its undisturbed wall time, killed with SIGKILL, it and
the workers it may have; then it is gone on with and killed again, and so forth. Should it end before there
were enough kills, its record is compared and the next one begun. Physics is on `processes:2` in half of the
starts, drawn too. After every kill, what was finished before it must still be there with the same content and
the same time of writing (or, packed, the same content); at the end of a campaign the record must be the
undisturbed one, byte for byte, but for what depends on a clock (`simkit.record.timings` lists that).

The outcome goes to OUT/kills.json and OUT/kills.md. Exit codes: 0 all as it should be, 2 something was lost,
repeated or changed, 4 a campaign failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import simkit
from simkit.record.machine import code_commit, machine_info
from simkit.record.timings import without_timings

LADDER = """
[ladder]
name = "kills"
scenario = "testem3"
[ladder.set]
"events.energy_MeV" = {energy_MeV}
"geometry.layers" = 10
[[rung]]
name = "general"
with = ["gamma-general"]
[[rung]]
name = "woodcock"
with = ["woodcock"]
"""
SIMKIT = [sys.executable, "-c", "import sys; from simkit.cli import main; sys.exit(main())"]
EXECUTORS = ("local", "processes:2")


@dataclass
class Kill:
    """One kill: after how many seconds, with what executor, and the finished pieces before and after."""

    after_s: float
    executor: str
    campaign: int
    planned: bool
    pieces_before: int
    pieces_after: int
    lost: int
    repeated: int


@dataclass
class Outcome:
    """What happened. campaigns: for each that ended, whether its record was the undisturbed one's.

    The first of them was undisturbed too.
    """

    undisturbed_s: float
    record_sha256: str
    kills: list[Kill] = field(default_factory=list)
    campaigns: list[bool] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Return whether nothing was lost, repeated or changed."""
        harm = any(kill.lost or kill.repeated for kill in self.kills)
        return bool(self.campaigns) and all(self.campaigns) and not harm


def record_of(folder: Path) -> bytes:
    """Return the record of a campaign as bytes, without what depends on a clock."""
    record = json.loads((folder / "campaign.json").read_text("utf-8"))
    return json.dumps(without_timings(record), indent=1).encode()


def finished_pieces(folder: Path) -> dict[str, tuple[str, int | None]]:
    """Return (hash of the content, time of writing) of all pieces by name; None for the time when packed."""
    found: dict[str, tuple[str, int | None]] = {}
    packed = folder / "pieces.zip"
    if packed.exists():
        with ZipFile(packed) as pack:
            found = {name: (hashlib.sha256(pack.read(name)).hexdigest(), None) for name in pack.namelist()}
    for path in (folder / "pieces").glob("*.npz"):
        found[path.name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    return found


def changes(
    before: dict[str, tuple[str, int | None]], after: dict[str, tuple[str, int | None]]
) -> tuple[int, int]:
    """Return how many pieces were lost, and how many written again."""
    lost = sum(name not in after for name in before)
    repeated = 0
    for name in before.keys() & after.keys():
        (content, at), (content_after, at_after) = before[name], after[name]
        rewritten = at is not None and at_after is not None and at != at_after
        repeated += content != content_after or rewritten
    return lost, repeated


def torment(
    work: Path, kills: int, seed: int, plan: Sequence[str], energy_MeV: float = 500.0, say: Any = print
) -> Outcome:
    """Run the campaign undisturbed, then killed `kills` times; `plan` are its options. Errors: SystemExit."""
    ladder = work / "ladder.toml"
    ladder.write_text(LADDER.format(energy_MeV=energy_MeV))
    draw = random.Random(seed)
    for name in ("compiled", "undisturbed"):  # the first may have to compile, and is compared too
        begin_at = time.perf_counter()
        _to_the_end(_start([str(ladder), *plan, "--out", str(work / name)]))
        undisturbed_s = time.perf_counter() - begin_at
    wanted = record_of(work / "undisturbed")
    outcome = Outcome(undisturbed_s, hashlib.sha256(wanted).hexdigest())
    outcome.campaigns.append(record_of(work / "compiled") == wanted)
    say(f"undisturbed: {undisturbed_s:.1f} s, {len(finished_pieces(work / 'undisturbed'))} pieces")
    campaign = 0
    while len(outcome.kills) < kills or len(outcome.campaigns) < 2:
        folder = work / f"campaign-{campaign}"
        before = finished_pieces(folder)
        executor = draw.choice(EXECUTORS)
        begun = (folder / "plan.json").exists()
        options = ["--resume", str(folder)] if begun else [str(ladder), *plan, "--out", str(folder)]
        program = _start([*options, "--executor", executor])
        after_s = draw.uniform(0.0, undisturbed_s)
        try:
            _to_the_end(program, after_s if len(outcome.kills) < kills else None)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.communicate()
            after = finished_pieces(folder)
            harm = changes(before, after)
            outcome.kills.append(Kill(after_s, executor, campaign, begun, len(before), len(after), *harm))
            say(f"kill {len(outcome.kills)}: after {after_s:.1f} s, {len(before)} -> {len(after)} pieces")
            continue
        same = record_of(folder) == wanted and changes(before, finished_pieces(folder)) == (0, 0)
        outcome.campaigns.append(same)
        say(f"campaign {campaign} ended: {'the same' if same else 'NOT the same'}")
        campaign += 1
    return outcome


def _start(options: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SIMKIT, "campaign", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _to_the_end(program: subprocess.Popen[str], timeout_s: float | None = None) -> None:
    """Wait for a campaign's end. Errors: SystemExit where it failed, subprocess.TimeoutExpired."""
    if program.wait(timeout_s) not in (0, 2):  # 2: the physics of a rung differs, which is a finding
        raise SystemExit(f"a campaign failed: {_said(program)}")


def _said(program: subprocess.Popen[str]) -> str:
    return (program.communicate()[1] or "").strip() or f"exit code {program.returncode}"


def report(outcome: Outcome, seed: int, plan: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Return the outcome as data and as a page of text."""
    kills = outcome.kills
    data = {
        "schema": "simkit.kills/1",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "simkit": simkit.__version__,
        "commit": code_commit(),
        "machine": machine_info(),
        "plan": list(plan),
        "seed": seed,
        "good": outcome.good,
        **asdict(outcome),
    }
    lost, repeated = sum(kill.lost for kill in kills), sum(kill.repeated for kill in kills)
    tried = {kill.campaign for kill in kills}
    ended = [same for number, same in enumerate(outcome.campaigns[1:]) if number in tried]
    text = (
        f"# {len(kills)} kills at random moments\n\n"
        f"A campaign planned by counts (`{' '.join(plan)}`) of {outcome.undisturbed_s:.0f} s, killed with\n"
        "SIGKILL at moments drawn evenly from that time and gone on with:\n"
        f"`python -m studies.kills --seed {seed}`.\n\n"
        "| | |\n|---|---|\n"
        f"| kills | {len(kills)} |\n"
        f"| of them before the first piece was done | {sum(kill.pieces_after == 0 for kill in kills)} |\n"
        f"| of them with physics on `processes:2` | {sum(kill.executor != 'local' for kill in kills)} |\n"
        f"| finished pieces lost | {lost} |\n"
        f"| finished pieces done again | {repeated} |\n"
        f"| campaigns killed, some more than once, that came to their end | {len(ended)} |\n"
        f"| of them with the undisturbed record, byte for byte but for times | {sum(ended)} |\n"
    )
    return data, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20251122)
    parser.add_argument("--out", type=Path, default=Path("results/faults"))
    given = parser.parse_args(arguments)
    plan = ["--rounds", "12", "--events", "8000"]
    work = Path(tempfile.mkdtemp(prefix="simkit-kills-"))
    try:
        outcome = torment(work, given.kills, given.seed, plan)
    except SystemExit as error:
        print(f"kills: {error}", file=sys.stderr)
        return 4
    finally:
        shutil.rmtree(work, ignore_errors=True)
    data, text = report(outcome, given.seed, plan)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "kills.json").write_text(json.dumps(data, indent=1) + "\n")
    (given.out / "kills.md").write_text(text)
    print(text)
    return 0 if outcome.good else 2


if __name__ == "__main__":
    sys.exit(main())
