"""`[reweight]`: events that count by a weight, which a trained model gives for what the readout saw."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import isfile

from simkit.fastsim.models.weights import model_path
from simkit.sections import KeyPath, Section


class Reweight(Section):
    """`[reweight]`: what weighs the events."""

    file: str = ""
    """A trained `range-cut-reweight`, or the name of a shipped one; none: every event counts once."""

    def problems(self) -> Iterator[tuple[KeyPath, str]]:
        """See simkit.sections.Section."""
        if self.file and not isfile(model_path(self.file)):
            yield ("file",), f"found {self.file!r}; there is no such file, give a range-cut-reweight's"
