"""What a file of events holds and is not simulated."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from simkit.events.event_lines import FinalState


class OtherStatus(BaseModel):
    """Particles of one status that is not 1, without an end vertex: how many, and their energy together."""

    model_config = ConfigDict(extra="forbid")

    particles: int
    MeV: float


class NotSimulated(BaseModel):
    """What was left out of the `events` read, as sums over them.

    without_final_state: events without a particle of status 1. other_status: by status, what has no end
    vertex and is not of status 1 either. other_weight: events whose (first) weight is not 1, `weights` the
    least and the greatest of all. off_shell: particles followed whose energy is not that of
    their momentum, to 1 % and 1 MeV; the momentum is what is simulated. ended: particles of status 1 with an
    end vertex, which are simulated, as is what comes from there.
    """

    model_config = ConfigDict(extra="forbid")

    events: int
    without_final_state: int = 0
    other_status: dict[str, OtherStatus] = Field(default_factory=dict)
    other_weight: int = 0
    weights: tuple[float, float] = (1.0, 1.0)
    off_shell: int = 0
    ended: int = 0

    def add_event(self, event: FinalState) -> None:
        """Count an event of the file."""
        low, high = self.weights if self.events else (event.weight, event.weight)
        self.weights = min(low, event.weight), max(high, event.weight)
        self.events += 1
        self.without_final_state += not event.particles
        self.other_weight += event.weight != 1.0
        self.ended += event.ended
        for status, energy in event.others:
            one = self.other_status.setdefault(str(status), OtherStatus(particles=0, MeV=0.0))
            one.particles += 1
            one.MeV += energy

    def words(self) -> list[str]:
        """Return a sentence for each kind of thing left out."""
        said = []
        events = _many(self.events, "event")
        if self.other_weight:
            low, high = self.weights
            said.append(
                f"event weights are not used: {self.other_weight} of {events} have one other than 1 "
                f"(weights from {low:g} to {high:g})"
            )
        for status, one in sorted(self.other_status.items(), key=lambda item: int(item[0])):
            said.append(
                f"{_many(one.particles, 'particle')} of status {status} without an end vertex not simulated: "
                f"{one.MeV:.6g} MeV in {events} (final-state particles have status 1)"
            )
        if self.without_final_state:
            said.append(f"no final-state particle (status 1) in {self.without_final_state} of {events}")
        if self.off_shell:
            said.append(
                f"energy and momentum disagree in {_many(self.off_shell, 'particle')} (of those that are "
                "followed); the momentum was used"
            )
        if self.ended:
            said.append(
                f"{_many(self.ended, 'particle')} of status 1 with an end vertex simulated, and what comes "
                "from there too: energy may count twice"
            )
        return said


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
