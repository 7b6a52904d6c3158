"""Reading energy: a made-up tree of /sys/class/powercap, and a made-up pynvml."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from simkit.record.electricity import Electricity, Meter, NotRead, Nvml, Rapl, find_readers, used_between

RANGE = 262_143_328_850  # µJ, of a real processor


def zone(folder: Path, name: str, of: str, energy: int) -> Path:
    """Make a domain and return the file of its counter."""
    made = folder / name
    made.mkdir(parents=True)
    (made / "name").write_text(f"{of}\n")
    (made / "max_energy_range_uj").write_text(f"{RANGE}\n")
    (made / "energy_uj").write_text(f"{energy}\n")
    return made / "energy_uj"


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """Two packages, with what must not be counted besides: parts of them, and what holds them all."""
    zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    zone(tmp_path, "intel-rapl:0:0", "core", 5)
    zone(tmp_path, "intel-rapl:0:1", "dram", 5)
    zone(tmp_path, "intel-rapl:1", "package-1", RANGE - 500_000)
    zone(tmp_path, "intel-rapl:2", "psys", 5)
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 5)
    return tmp_path


def test_packages_are_added_and_wrap_around(powercap: Path) -> None:
    readers, reasons = find_readers(folder=powercap)
    assert reasons == []
    with Meter(readers) as meter:
        (powercap / "intel-rapl:0" / "energy_uj").write_text("4000000\n")
        (powercap / "intel-rapl:1" / "energy_uj").write_text("1500000\n")
        meter.look()
        (powercap / "intel-rapl:1" / "energy_uj").write_text("2500000\n")
    used = meter.used(events=4)
    (part,) = used.parts
    assert part.joules == pytest.approx(3.0 + 2.0 + 1.0)
    assert part.joules_per_event == pytest.approx(1.5)
    assert part.source == "RAPL"
    assert part.covers == "package-0, package-1: all that ran on them meanwhile, memory not included"
    assert used.not_available == ""
    assert Electricity.model_validate_json(used.model_dump_json()) == used


def test_what_is_used_outside_does_not_count(powercap: Path) -> None:
    meter = Meter([Rapl(powercap)], watched=False)
    file = powercap / "intel-rapl:0" / "energy_uj"
    for used in (1_000_000, 2_000_000):
        with meter:
            file.write_text(str(int(file.read_text()) + used))
        file.write_text(str(int(file.read_text()) + 50_000_000))
    assert meter.used(1).parts[0].joules == pytest.approx(3.0)


def test_a_difference() -> None:
    assert used_between(10, 30, 100) == 20
    assert used_between(90, 5, 100) == 15
    assert used_between(5, 5, 100) == 0


def test_without_powercap(tmp_path: Path) -> None:
    readers, reasons = find_readers(folder=tmp_path / "powercap")
    assert readers == []
    with Meter(readers, reasons) as meter:
        pass
    used = meter.used(3)
    assert used.parts == []
    assert used.not_available.startswith(f"{tmp_path / 'powercap'} is not there")
    with pytest.raises(NotRead, match="has no package"):
        Rapl(tmp_path)


def test_a_counter_for_root_only(powercap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.read_text

    def read_text(self: Path, *arguments: str) -> str:
        # root may read everything, so that permissions alone would not do
        if self.name == "energy_uj":
            raise PermissionError(13, os.strerror(13), str(self))
        return original(self, *arguments)

    monkeypatch.setattr(Path, "read_text", read_text)
    with pytest.raises(NotRead, match=r"intel-rapl:0/energy_uj may not be read; as root: chmod a\+r"):
        Rapl(powercap)


def test_a_counter_that_goes_away(powercap: Path) -> None:
    with Meter([Rapl(powercap)]) as meter:
        (powercap / "intel-rapl:0" / "energy_uj").unlink()
    used = meter.used(1)
    assert used.parts == []
    assert "could not be read any more" in used.not_available


class FakeError(Exception):
    pass


@pytest.fixture
def pynvml(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The package with a device whose counter (mJ) is `energy`."""
    fake = SimpleNamespace(energy=7_000, NVMLError=FakeError, asked=[])

    def handle(which: object) -> str:
        fake.asked.append(which)
        return "device"

    fake.nvmlInit = lambda: None
    fake.nvmlDeviceGetCount = lambda: 1
    fake.nvmlDeviceGetHandleByIndex = fake.nvmlDeviceGetHandleByUUID = handle
    fake.nvmlDeviceGetName = lambda device: b"NVIDIA H100"
    fake.nvmlDeviceGetTotalEnergyConsumption = lambda device: fake.energy
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(name, raising=False)
    return fake


def test_a_gpu(pynvml: SimpleNamespace, powercap: Path) -> None:
    readers, reasons = find_readers(gpu=True, folder=powercap)
    assert reasons == []
    with Meter(readers) as meter:
        pynvml.energy += 2_500
    rapl, nvml = meter.used(5).parts
    assert rapl.joules == 0.0
    assert (nvml.source, nvml.joules, nvml.joules_per_event) == ("NVML", 2.5, 0.5)
    assert nvml.covers == "NVIDIA H100: all that ran on it meanwhile"
    assert [reader.source for reader in find_readers(folder=powercap)[0]] == ["RAPL"]


@pytest.mark.parametrize(("shown", "asked"), [("2,0", 2), ("GPU-5a", "GPU-5a"), ("", 0)])
def test_the_gpu_that_cuda_is_shown(
    pynvml: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, shown: str, asked: object
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    Nvml()
    assert pynvml.asked == [asked]


def test_of_several_gpus_only_one_in_a_known_order_is_read(
    pynvml: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pynvml.nvmlDeviceGetCount = lambda: 2
    with pytest.raises(NotRead, match="set CUDA_DEVICE_ORDER=PCI_BUS_ID"):
        Nvml()
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    Nvml()
    assert pynvml.asked == [0]


def test_a_gpu_that_does_not_tell(pynvml: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(device: object) -> int:
        raise FakeError("Not Supported")

    pynvml.nvmlDeviceGetTotalEnergyConsumption = refused
    with pytest.raises(NotRead, match="NVML: Not Supported"):
        Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(NotRead, match=r"nvidia-ml-py is not installed; pip install 'simkit\[energy\]'"):
        Nvml()
