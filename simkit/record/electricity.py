"""The energy that was used while something ran, where the machine tells.

Processors tell by RAPL, through Linux's /sys/class/powercap: whole packages, with everything else that ran on
them meanwhile, without the memory. NVIDIA's GPUs tell by NVML (package nvidia-ml-py): the whole device. Both
count on by themselves; what is told is the difference of two readings.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from pydantic import Field

from simkit.record.part import Part

POWERCAP = Path("/sys/class/powercap")
LOOK_EVERY_S = 60.0  # a package's counter may wrap around after a quarter of an hour
RAPL, NVML = "RAPL", "NVML"


class ElectricityPart(Part):
    """What one source told: joules, and joules per event. covers: what of the machine is in them."""

    source: str
    covers: str
    joules: float
    joules_per_event: float


class Electricity(Part):
    """The energy of a piece of work by source; the parts cover different things and may be added.

    not_available names what could not be read, and why.
    """

    parts: list[ElectricityPart] = Field(default_factory=list)
    not_available: str = ""


class Reader(Protocol):
    """A source that can be read. ranges: where each counter starts again from 0 (µJ), 0 for never."""

    source: str
    covers: str
    ranges: Sequence[int]

    def read(self) -> list[int]:
        """Return all counters (µJ). Errors: OSError."""
        ...


class NotRead(Exception):
    """A source that cannot be read; the message says why and what to do about it."""


class Rapl:
    """The energy of the processor's packages.

    Only packages count: cores and graphics are parts of them, `psys` holds them all.
    """

    source = RAPL

    def __init__(self, folder: Path | None = None) -> None:
        """Find the packages below `folder`, which is POWERCAP if not given. Errors: NotRead."""
        folder = folder or POWERCAP
        if not folder.is_dir():
            raise NotRead(f"{folder} is not there (virtual machines and containers mostly have none)")
        zones = sorted(zone for zone in folder.glob("intel-rapl:*") if zone.name.count(":") == 1)
        self._files: list[Path] = []
        ranges, names = [], []
        try:
            for zone in zones:
                name = (zone / "name").read_text().strip()
                if name.startswith("package"):
                    self._files.append(zone / "energy_uj")
                    ranges.append(int((zone / "max_energy_range_uj").read_text()))
                    names.append(name)
            if not names:
                raise NotRead(f"{folder} has no package of a processor (module intel_rapl_msr?)")
            self.ranges: Sequence[int] = ranges
            self.read()
        except PermissionError as error:
            raise NotRead(
                f"{error.filename} may not be read; as root: chmod a+r {folder}/intel-rapl:*/energy_uj"
            ) from None
        except (OSError, ValueError) as error:
            raise NotRead(f"{folder} cannot be read ({error})") from None
        self.covers = f"{', '.join(names)}: all that ran on them meanwhile, memory not included"

    def read(self) -> list[int]:
        """See Reader."""
        return [int(file.read_text()) for file in self._files]


class Nvml:
    """The energy of the GPU that CUDA uses first."""

    source = NVML
    ranges: Sequence[int] = (0,)

    def __init__(self) -> None:
        """Find the device. Errors: NotRead."""
        try:
            self._nvml: Any = import_module("pynvml")
        except ImportError:
            raise NotRead("the package nvidia-ml-py is not installed; pip install 'simkit[energy]'") from None
        try:
            self._nvml.nvmlInit()
            self._device = self._find()
            self.read()
            name = self._nvml.nvmlDeviceGetName(self._device)
        except (OSError, self._nvml.NVMLError) as error:
            raise NotRead(f"NVML: {error}") from None
        self.covers = f"{name.decode() if isinstance(name, bytes) else name}: all that ran on it meanwhile"

    def _find(self) -> Any:
        # NVML numbers all devices as they sit on the bus, CUDA those it is shown, the fastest first.
        first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
        if first.isdigit():
            in_order = os.environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
            if not in_order and self._nvml.nvmlDeviceGetCount() > 1:
                raise NotRead(
                    "NVML: which of several GPUs CUDA uses cannot be told, as it numbers them differently; "
                    "set CUDA_DEVICE_ORDER=PCI_BUS_ID"
                )
            return self._nvml.nvmlDeviceGetHandleByIndex(int(first))
        return self._nvml.nvmlDeviceGetHandleByUUID(first)

    def read(self) -> list[int]:
        """See Reader."""
        try:
            return [1000 * int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._device))]
        except self._nvml.NVMLError as error:
            raise OSError(str(error)) from None


def find_readers(gpu: bool = False, folder: Path | None = None) -> tuple[list[Reader], list[str]]:
    """Return what can be read here, and why the rest cannot; gpu: of a GPU, too."""
    readers: list[Reader] = []
    reasons = []
    for make in (lambda: Rapl(folder), Nvml)[: 2 if gpu else 1]:
        try:
            readers.append(make())
        except NotRead as error:
            reasons.append(str(error))
    return readers, reasons


class Meter:
    """Adds up the energy between entering and leaving, any number of times.

    watched: look in between, too, so that a counter that starts again from 0 twice is seen.
    """

    def __init__(self, readers: Sequence[Reader], reasons: Sequence[str] = (), watched: bool = True) -> None:
        self.readers = list(readers)
        self.reasons = list(reasons)
        self.joules = [0.0] * len(self.readers)
        self._watched = watched
        self._last: list[list[int]] = []
        self._lock = threading.Lock()
        self._left = threading.Event()

    def __enter__(self) -> Meter:
        self._left = threading.Event()
        self._last = self._read()
        if self.readers and self._watched:
            threading.Thread(target=self._watch, args=(self._left,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self.look()

    def _watch(self, left: threading.Event) -> None:
        while not left.wait(LOOK_EVERY_S):
            self.look()

    def _read(self) -> list[list[int]]:
        try:
            return [reader.read() for reader in self.readers]
        except (OSError, ValueError) as error:
            # Half of the energy would be a wrong answer.
            self.reasons.append(f"a source could not be read any more ({error})")
            self.readers, self.joules = [], []
            return []

    def look(self) -> None:
        """Add what was used since the last look."""
        with self._lock:
            now = self._read()
            for i, (reader, after, before) in enumerate(zip(self.readers, now, self._last)):
                used = sum(used_between(*one) for one in zip(before, after, reader.ranges))
                self.joules[i] += 1e-6 * used
            self._last = now

    def used(self, events: float) -> Electricity:
        """Return what was used for `events` events."""
        return Electricity(
            parts=[
                ElectricityPart(
                    source=reader.source,
                    covers=reader.covers,
                    joules=joules,
                    joules_per_event=joules / events if events else 0.0,
                )
                for reader, joules in zip(self.readers, self.joules)
            ],
            not_available="; ".join(self.reasons),
        )


def used_between(before: int, after: int, largest: int) -> int:
    """Return the difference of two readings (µJ) of a counter that starts again from 0 after `largest`."""
    return after - before if after >= before or not largest else after - before + largest
