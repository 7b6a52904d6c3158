"""Weights of events, as records hold them."""

from __future__ import annotations

from simkit.record.part import Part


class EventWeights(Part):
    """How events count in means of what they leave; their weights w depend on what the readout saw of them.

    mean: of the weights (1: calibrated). effective_events: (sum w)^2 / sum w^2, how many events without
    weights know a mean as well (L. Kish, Survey Sampling (1965), section 11.7). effective_share: over the
    events that there are.
    """

    mean: float
    effective_events: float
    effective_share: float

    @property
    def words(self) -> str:
        """Return what they are worth, in words."""
        return (
            f"are weighted, worth {self.effective_events:,.0f} events ({100.0 * self.effective_share:.1f} %)"
        )


def event_weights(total: float, squares: float, events: float) -> EventWeights:
    """Return the record of weights that add up to `total`, and their squares to `squares`."""
    effective = float(total**2 / squares) if squares else 0.0
    return EventWeights(
        mean=float(total / events), effective_events=effective, effective_share=float(effective / events)
    )
