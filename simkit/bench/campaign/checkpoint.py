"""A campaign's folder while it is measured: the plan, and every round and chunk as soon as it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from simkit.bench.pairs.piece import Piece, Place, from_arrays, parse_place, to_arrays
from simkit.errors import BadInput
from simkit.reading import read_json
from simkit.record.campaign import Campaign
from simkit.record.command_line import command_line, duration
from simkit.record.interval import Clock
from simkit.record.part import Record
from simkit.record.pieces import Pieces, set_aside
from simkit.record.read import check_schema, read_record
from simkit.record.score import Score
from simkit.writing import GO_ON, write_whole, writing_to

PLAN, PIECES, CAMPAIGN = "plan.json", "pieces", "campaign.json"


class CampaignPlan(Record):
    """What a campaign was begun with, to go on with exactly that.

    code: names the sources, compiler and processor; rounds made with other code are other rounds. rounds,
    events: those of a campaign planned by counts, None for one planned by its budget. score, seconds_per_MeV:
    None until they are known. profile: whether time is attributed to particles and regions, too. clock: what
    judges, as asked for. look: how many verdicts there will have been when the campaign ends next; more than
    1 when it went on after its end. A record with fewer is that of an earlier end.
    given, hepscore: the ladder and the report as they were named, for the record's command.
    """

    schema_: str = Field(
        default="simkit.campaign-plan/2", validation_alias="schema", serialization_alias="schema"
    )
    ladder: dict[str, Any]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    budget_s: Annotated[float, Field(gt=0.0)]
    rounds: int | None = None
    events: int | None = None
    code: str
    scenario_hashes: list[str]
    score: Score | None = None
    seconds_per_MeV: Annotated[float, Field(gt=0.0)] | None = None
    planned: Annotated[int, Field(ge=1)] | None = None
    profile: bool = False
    clock: Clock | None = None
    look: Annotated[int, Field(ge=1)] = 1
    given: str = ""
    hepscore: str = ""

    def command(self, budget_s: float | None) -> str:
        """Return the command that begins this campaign anew; where its physics is run changes nothing."""
        return command_line(
            "campaign",
            [self.given] if self.given else [],
            rounds=self.rounds,
            events=self.events,
            budget=None if self.rounds is not None else duration(budget_s),
            seed=self.seed,
            hepscore=self.hepscore,
            profile=self.profile,
            clock=self.clock,
        )


class FinishedCampaign(NamedTuple):
    """A campaign's record and the folder that holds it."""

    record: Campaign
    folder: Path


def write_plan(folder: Path, plan: CampaignPlan) -> None:
    """Write the plan, whole or not at all. Errors: BadInput."""
    write_record(folder / PLAN, plan)


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all. Errors: BadInput."""
    with writing_to(path, GO_ON):
        write_whole(path, record.to_json().encode())


def read_plan(folder: Path) -> CampaignPlan:
    """Return the plan in a campaign's folder. Errors: BadInput."""
    path, mend = folder / PLAN, "give the folder of a campaign, or begin it again"
    data = read_json(path, mend)
    first = isinstance(data, dict) and data.get("schema_version") == 1
    if first:  # it kept all rounds in one file, and had no name for its schema
        check_schema({"schema": "simkit.campaign-plan/1"}, "simkit.campaign-plan/2", path)
    return read_record(path, CampaignPlan, mend)


def read_finished(folder: Path) -> Campaign | None:
    """Return the record of a finished campaign, None where it has yet to be made.

    A damaged one is put aside: it is made again from what is kept. Errors: BadInput for another schema.
    """
    path = folder / CAMPAIGN
    if not path.exists():
        return None
    try:
        data = read_json(path, "it is made again")
    except BadInput:
        set_aside(path, "not complete JSON")
        return None
    check_schema(data, Campaign.model_fields["schema_"].default, path)
    try:
        record = Campaign.model_validate(data)
    except ValueError:
        set_aside(path, "not a complete record")
        return None
    return record if record.finished else None


class Keeper:
    """Keeps pieces as they get done; `elapsed` tells the wall seconds used so far."""

    def __init__(self, folder: Path, elapsed: Callable[[], float]) -> None:
        self.pieces, self.elapsed = Pieces(folder / PIECES), elapsed

    def __call__(self, piece: Piece) -> None:
        """Keep a piece. Errors: BadInput when the disk is full or the folder gone."""
        self.pieces.save(piece.place.name, to_arrays(piece, self.elapsed()))


def kept_pieces(folder: Path) -> tuple[dict[Place, Piece], list[Place], float]:
    """Return the pieces kept in `folder`, the places of damaged ones, and the wall seconds used by then."""
    kept: dict[Place, Piece] = {}
    elapsed_s = [0.0]

    def take(name: str, arrays: Mapping[str, Any]) -> None:
        place = parse_place(name)
        if place is not None:
            kept[place], elapsed = from_arrays(place, arrays)
            elapsed_s.append(elapsed)

    _, damaged = Pieces(folder / PIECES).load(take)
    used_s = max(elapsed_s)
    return kept, [place for name in damaged if (place := parse_place(name)) is not None], used_s
