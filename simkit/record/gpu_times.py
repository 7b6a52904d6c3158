"""What a run on a GPU took, as it is told by a run and kept in its record."""

from __future__ import annotations

from simkit.record.part import Part


class GpuTimes(Part):
    """Wall seconds of a run on a GPU, and what it did.

    kernel_s: in the kernels of all rounds, between events of the device that are waited for (in numba's
    simulator by the host's clock). total_s: of the whole transport; the difference is copies, launches and
    the host's own work. rounds: launches of all kernels; repeats: batches begun again for want of room;
    most_waiting: tracks in a round at most.
    """

    kernel_s: float
    total_s: float
    rounds: int
    repeats: int
    most_waiting: int
