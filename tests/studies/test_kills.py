"""The script that kills campaigns, in small; and a real full disk and read-only folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simkit.record.machine import code_commit
from studies.kills import Kill, Outcome, _to_the_end, changes, report, torment

PROGRAM = f"{sys.executable} -c 'import sys; from simkit.cli import main; sys.exit(main())'"
# A disk of its own in a namespace of its own: nothing outside sees it, and nobody needs to be root.
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


@pytest.mark.slow
def test_three_kills(tmp_path):
    """In full: results/faults/kills.md."""
    outcome = torment(tmp_path, 3, 7, ["--rounds", "8", "--events", "3000"], say=lambda text: None)
    assert len(outcome.kills) == 3
    assert outcome.good


def test_changes_are_seen():
    before = {"a": ("1", 10), "b": ("2", 20), "c": ("3", 30), "d": ("4", None)}
    assert changes(before, before) == (0, 0)
    assert changes(before, {**before, "e": ("5", 50)}) == (0, 0)
    assert changes(before, {**before, "a": ("1", None)}) == (0, 0)  # packed
    assert changes(before, {"a": ("1", 10), "b": ("2", 21), "c": ("9", 30)}) == (1, 2)


def test_the_page_tells_what_went_wrong():
    kill = Kill(1.0, "local", 1, True, 2, 2, 1, 0)
    bad = Outcome(9.0, "0", [kill], [True, True])
    assert not bad.good
    data, text = report(bad, 1, ["--rounds", "9"])
    assert data["good"] is False
    assert data["commit"] == code_commit()
    assert "| finished pieces lost | 1 |" in text
    assert not Outcome(9.0, "0", [], [True, False]).good
    assert not Outcome(9.0, "0").good


def test_a_finding_is_no_failure():
    def ended(code):
        return subprocess.Popen(["sh", "-c", f"echo no >&2; exit {code}"], stderr=subprocess.PIPE, text=True)

    for code in (0, 2):
        _to_the_end(ended(code), 20.0)
    with pytest.raises(SystemExit, match="a campaign failed: no"):
        _to_the_end(ended(4), 20.0)


def a_small_disk(folder: Path, size: str, commands: str) -> list[str]:
    """Run commands in a folder that is a disk of `size`; return what they wrote to stderr, by line."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    mount = f"mount -t tmpfs -o size={size} none {folder} && cd {folder}"
    if subprocess.run([*NAMESPACE, mount], capture_output=True).returncode:
        pytest.skip("this system lets users mount nothing")
    done = subprocess.run([*NAMESPACE, f"{mount} || exit 9\n{commands}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


@pytest.mark.slow
def test_a_disk_that_is_full_and_one_that_is_read_only(tmp_path):
    run = f"{PROGRAM} run testem3 -n 400 --set events.energy_MeV=200 --out run >/dev/null"
    told = a_small_disk(
        tmp_path,
        "200k",
        f"""
        {run}; [ $? = 4 ] || exit 1
        [ -e run/result.json ] && exit 2
        kept=$(ls run/shards | wc -l); [ $kept -gt 0 ] || exit 3
        mount -o remount,ro . && {run}; [ $? = 4 ] || exit 4
        mount -o remount,rw,size=20m . && {run} || exit 5
        [ -e run/result.json ] && [ ! -e run/shards ] || exit 6
        """,
    )
    assert len(told) == 2
    assert "No space left on device" in told[0]
    assert "Read-only file system" in told[1]
