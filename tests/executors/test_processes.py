"""Executors on this machine: every shard once, whatever happens to the workers."""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

import pytest

from simkit.errors import BadInput
from simkit.executors import open_executor


def square(x: int) -> int:
    return x * x


def fail(x: int) -> int:
    raise BadInput(f"shard {x}: no")


def out_of_room(x: int) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def die_once(place: Path) -> str:
    """Kill this worker the first time, work the second."""
    try:
        place.touch(exist_ok=False)
    except FileExistsError:
        return place.name
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def die(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


def write_own_number(path: Path) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(60.0)


def test_local_runs_in_order() -> None:
    with open_executor("local") as executor:
        assert executor.workers == 1
        assert list(executor.map(square, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]


def test_processes_run_every_shard_once() -> None:
    with open_executor("processes:2") as executor:
        assert executor.workers == 2
        assert sorted(executor.map(square, range(20))) == [(i, i * i) for i in range(20)]
        assert list(executor.map(square, [])) == []
        with pytest.raises(BadInput, match="shard 5: no"):
            list(executor.map(fail, [5]))
        with pytest.raises(BadInput, match=r"could not go on \(OSError: .*No space left on device\)"):
            list(executor.map(out_of_room, [5]))


def test_shards_of_killed_processes_are_run_again(tmp_path: Path) -> None:
    shards = [tmp_path / name for name in "abc"]
    with open_executor("processes:2") as executor:
        assert sorted(executor.map(die_once, shards)) == [(0, "a"), (1, "b"), (2, "c")]


def test_a_shard_that_kills_every_worker_is_given_up() -> None:
    with open_executor("processes:2") as executor, pytest.raises(BadInput, match="killed 3 times in a row"):
        list(executor.map(die, [1]))


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """Nobody is left working for a program that is gone."""
    number = tmp_path / "number"
    parent = os.posix_spawn(
        os.sys.executable,
        [
            os.sys.executable,
            "-c",
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "if __name__ == '__main__':\n"
            "    from pathlib import Path\n"
            "    from test_processes import write_own_number\n"
            "    from simkit.executors import open_executor\n"
            "    with open_executor('processes:1') as executor:\n"
            "        list(executor.map(write_own_number, [Path(sys.argv[2])]))",
            str(Path(__file__).parent),
            str(number),
        ],
        {**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    until = time.monotonic() + 60.0
    while not (number.exists() and number.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    worker = int(number.read_text())
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    until = time.monotonic() + 20.0
    while _runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dusk", "unknown executor 'dusk'; did you mean 'dask'"),
        ("prozesse:2", "unknown executor 'prozesse:2'; did you mean 'processes'"),
        ("local:2", "local takes nothing after it"),
        ("processes:0", "write processes, or processes:4"),
        ("processes:many", "write processes, or processes:4"),
    ],
)
def test_bad_names(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message), open_executor(text):
        pass


def test_what_was_begun_is_given_up_when_it_closes(tmp_path: Path) -> None:
    """The program's end would else wait for it."""
    number = tmp_path / "number"
    with open_executor("processes:1") as executor:
        executor._pool.submit(write_own_number, number)  # type: ignore[attr-defined]
        until = time.monotonic() + 60.0
        while not (number.exists() and number.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
    until = time.monotonic() + 20.0
    while _runs(int(number.read_text())) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(int(number.read_text()))
