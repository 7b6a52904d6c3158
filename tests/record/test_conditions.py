"""What is seen of the machine, from files of known content."""

import os
import subprocess
import sys

import pytest

from simkit.record import conditions
from simkit.record.conditions import Watch

STAT = "cpu  100 0 50 800 20 5 5 {stolen} 0 0\ncpu0 1 2 3"
CPUINFO = "processor : 0\ncpu MHz\t\t: 2500.5\nprocessor : 1\ncpu MHz\t\t: 3100.0\n"


def test_stolen_time_and_clocks(monkeypatch):
    files = {"/proc/stat": STAT.format(stolen=20), "/proc/cpuinfo": CPUINFO}
    monkeypatch.setattr(conditions, "read_text", lambda path: files.get(path, ""))
    monkeypatch.setattr(conditions, "load_average", lambda: 1.5)
    watch = Watch()
    files["/proc/stat"] = STAT.format(stolen=120)  # 100 ticks more, all of them stolen
    seen = watch.conditions({1, 0}, 0.4)
    assert seen.stolen == pytest.approx(1.0)
    assert (seen.load, seen.processors, seen.processor_share) == ((1.5, 1.5), [0, 1], 0.4)
    assert seen.governor is None
    assert seen.preempted >= 0
    assert seen.peak_rss_MB > 10.0
    assert conditions.clocks_MHz()


def test_a_system_that_tells_nothing(monkeypatch):
    monkeypatch.setattr(conditions, "read_text", lambda path: "")
    monkeypatch.setattr(conditions, "clocks_MHz", list)
    monkeypatch.setattr(conditions, "load_average", lambda: None)
    seen = Watch().conditions(set(), None)
    assert (seen.load, seen.stolen, seen.clock_MHz, seen.governor) == (None, None, None, None)


def test_a_program_pushed_off_its_processor_counts():
    """Two that share one processor push each other off it; the count is that of ended children, too."""
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    before = Watch()
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        children = [subprocess.Popen([sys.executable, "-S", "-c", busy]) for _ in range(2)]
        for child in children:
            child.wait()
    finally:
        os.sched_setaffinity(0, allowed)
    assert before.conditions(set(), None).preempted > 5
