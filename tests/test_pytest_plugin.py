"""The fixture `paired` in a session of pytest's own."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

# A session in this process must not be the first to import numpy: what it imports is thrown away after it.
from simkit.bench.callables import measure as measure

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[1]
# An editable install made before the plug-in was there has no entry point yet.
INSTALLED = any(point.name == "simkit" for point in entry_points(group="pytest11"))
LOAD = [] if INSTALLED else ["-p", "simkit.pytest_plugin"]
TESTS = """
import pytest

def slow(n=6000):
    return sum(i * i for i in range(n))

def fast():
    return slow(2000)

def test_faster(paired):
    paired(slow, lambda: slow(2000), rounds=50).assert_faster(by=0.2).assert_not_slower()

def test_slower(paired):
    paired(fast, slow, rounds=50).assert_not_slower(margin=0.2)

def test_not_the_same(paired):
    paired(slow, fast, rounds=6).assert_same()

def test_the_same(paired):
    m = paired(slow, slow, lambda x: {"sum": x}, rounds=6).assert_same()
    assert m.identical is True
    assert m.speedup.lo < m.speedup.hi
"""


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with tests, blocks of 5 ms, and a budget of half a second in the ini file."""
    monkeypatch.setattr("simkit.bench.callables.measurement.TARGET_S", 0.005)
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\npaired_budget = '0.5s'\n")
    pytester.makepyfile(TESTS)
    return pytester


@pytest.fixture(autouse=True)
def _by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-benchmark measures nothing in a process of pytest-xdist."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def run(session: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return session.runpytest_inprocess(*LOAD, "-p", "no:cacheprovider", *arguments)


def test_what_is_shown_fails_and_the_rest_passes(session: pytest.Pytester) -> None:
    done = run(session)
    outcomes = done.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (2, 2)
    done.stdout.fnmatch_lines(
        [
            "*AssertionError: slow is slower by more than 20 %; slower: slow is *",
            "*slow and fast do not return exactly the same; give observables with a margin*",
            "*= paired measurements =*",
            "*::test_faster: faster: new is * times as fast as slow *",
        ]
    )
    assert not any("assertions.py" in line for line in done.outlines)  # the traceback ends in the test


@pytest.mark.parametrize(
    ("choice", "outcome"),
    [("warn", "warnings"), ("fail", "failed"), ("xfail", "xfailed"), ("ignore", "passed")],
)
def test_what_is_not_decided(session: pytest.Pytester, choice: str, outcome: str) -> None:
    """Six blocks of noise from outside decide nothing about a margin of nothing."""
    session.makepyfile(
        test_open="""
        import itertools, time
        wait = itertools.cycle([0.0, 0.004, 0.001, 0.003])
        def f():
            time.sleep(0.05 + next(wait))
        def test_open(paired):
            paired(f, f, rounds=6).assert_not_slower(margin=0.0)
        """
    )
    done = run(session, "test_open.py", f"--paired-undecided={choice}")
    outcomes = done.parseoutcomes()
    assert outcomes.pop(outcome) == 1
    assert outcomes in ({}, {"passed": 1})
    if choice in ("warn", "fail"):
        done.stdout.fnmatch_lines("*not decided: whether * is slower by more than 0 %; inconclusive: *")


def test_results_are_in_the_json_of_pytest_benchmark(session: pytest.Pytester) -> None:
    session.makepyfile(
        test_json="""
        def old(seed):
            return sum(range(seed % 7 + 2000))
        def new(seed):
            return sum(range(seed % 7 + 2000))
        def test_by_itself(paired):
            paired(old, new, lambda x: x, rounds=6)
        def test_beside(paired, benchmark):
            benchmark(old, 1)
            paired(old, new, rounds=6)
            paired(new, old, rounds=6)
        """
    )
    done = run(session, "test_json.py", "--benchmark-json=out.json")
    assert done.ret == 0
    found = {b["name"]: b for b in json.loads(Path("out.json").read_text())["benchmarks"]}
    (alone,) = found["test_by_itself"]["extra_info"]["paired"]
    assert (alone["old"], alone["new"], alone["results"], alone["observables"]) == (
        "old",
        "new",
        "identical",
        "pass",
    )
    assert alone["speedup"]["lo"] <= alone["speedup"]["value"] <= alone["speedup"]["hi"]
    assert found["test_by_itself"]["stats"]["rounds"] == 5
    assert [one["new"] for one in found["test_beside"]["extra_info"]["paired"]] == ["new", "old"]


def test_without_pytest_benchmark(session: pytest.Pytester) -> None:
    done = run(session, "-p", "no:benchmark", "-k", "test_the_same")
    assert done.ret == 0


def test_the_budget_of_the_command_line_goes_first(session: pytest.Pytester) -> None:
    session.makepyfile(
        test_budget="""
        def test_budget(paired):
            m = paired(lambda: 1, lambda: 1, budget="1h")
            assert m.record.budget.asked_s == 0.5
        """
    )
    assert run(session, "test_budget.py", "--paired-budget=500ms").ret == 1  # no such unit
    assert run(session, "test_budget.py", "--paired-budget=0.5s").ret == 0


def test_a_wrong_ini_value(session: pytest.Pytester) -> None:
    session.makepyprojecttoml("[tool.pytest.ini_options]\npaired_undecided = 'shrug'\n")
    done = run(session)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines("*paired_undecided: found 'shrug'; must be one of warn, fail, xfail, ignore*")


def test_it_costs_nothing_where_it_is_not_used() -> None:
    code = (
        "import sys, pytest; import simkit.pytest_plugin; "
        "print([n for n in ('numpy', 'numba', 'scipy', 'pydantic', 'simkit.api') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_package_names_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"simkit": "simkit.pytest_plugin"}
