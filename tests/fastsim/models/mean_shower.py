"""The least trainer, as a plug-in brings it: the mean shower, times the incident energy and a factor."""

from __future__ import annotations

import numpy as np

from simkit.fastsim.models.draws import uniforms
from simkit.sections import Section


class Settings(Section):
    """Its settings."""

    steps: int = 4
    stop_at: int = 0


class Mean:
    """The generator."""

    def __init__(self, binning, mean):
        self.binning, self.mean = binning, mean

    def generate(self, incident_MeV, keys):
        """Make showers."""
        factor = incident_MeV * (0.5 + uniforms(keys, 1)[:, 0])
        return (factor[:, None] * self.mean).astype(np.float32)


class MeanTrainer:
    """The trainer: it learns the mean in steps, and can be interrupted."""

    name = "mean-shower"
    settings = Settings

    def train(self, showers, settings, run):
        """Add up the showers in parts."""
        kept = run.kept()
        total, begin = (kept[0]["total"], int(kept[1]["step"])) if kept else (np.zeros(72), 0)
        parts = np.array_split(showers.energies_MeV / showers.incident_MeV[:, None], settings.steps)
        for step in range(begin, settings.steps):
            if step == settings.stop_at > 0 and not kept:
                raise KeyboardInterrupt
            total = total + parts[step].sum(axis=0)
            run.add_point(step=step, loss=1.0 / (step + 1))
            run.keep({"total": total}, step=step + 1)
            run.share(step + 1, settings.steps, "adding up")
        return {"mean": total / len(showers.incident_MeV)}

    def build(self, file):
        """Read the mean."""
        return Mean(file.binning, file.take("mean", file.binning.cells, dtype=np.float64))


TRAINERS = [MeanTrainer()]
