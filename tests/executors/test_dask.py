"""What names a dask cluster, and what batch systems are asked for; the cluster itself: test_cluster.py."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simkit.errors import BadInput
from simkit.executors import open_executor
from simkit.executors.dask import Dask, queue_cluster, queue_settings

distributed = pytest.importorskip("distributed")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dask", "write dask://HOST:PORT"),
        ("dask:host:1", "write dask://HOST:PORT"),
        ("dask://", "write dask://HOST:PORT"),
        ("dask://slurn?jobs=3", "unknown cluster 'slurn'; did you mean 'slurm'"),
        ("dask://slurm?nodes=3", "unknown setting 'nodes'"),
        ("dask://slurm?disk=1GB", "unknown setting 'disk'"),
        ("dask://slurm?jobs=many", "jobs: found 'many'; must be a number"),
        ("dask://slurm?jobs=0", "jobs: found '0'"),
        ("dask://slurm?jobs=-3", "jobs: found '-3'; leave it out, or give a value"),
        ("dask://htcondor?queue=short", "unknown setting 'queue'"),
        ("dask:///absent/scheduler.json", "there is no scheduler file /absent/scheduler.json"),
    ],
)
def test_bad_addresses(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught, open_executor(text):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_no_scheduler_there() -> None:
    with pytest.raises(BadInput, match="no dask scheduler with workers"), open_executor("dask://127.0.0.1:9"):
        pass


def test_settings_and_their_defaults() -> None:
    assert queue_settings("slurm", "jobs=20&queue=short&walltime=01:00:00") == {
        "jobs": 20,
        "cores": 1,
        "memory": "2GB",
        "queue": "short",
        "walltime": "01:00:00",
    }
    assert queue_settings("htcondor", "") == {"jobs": 1, "cores": 1, "memory": "2GB", "disk": "1GB"}


ACCEPTING = """#!/bin/sh
cat "$1" >> "$0.scripts"
echo "Submitted batch job 17, 1 job(s) submitted to cluster 17."
"""
REFUSING = """#!/bin/sh
echo "$(basename "$0"): error: Batch job submission failed: Invalid account" >&2
exit 1
"""
WORKING = """#!/bin/sh
cp "$1" "$0.job"
sh "$0.job" > /dev/null 2>&1 &
echo "Submitted batch job $!"
"""


@pytest.fixture
def batch_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Return a function that puts a program for submitting jobs on the path, with one for cancelling them."""
    pytest.importorskip("distributed")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def put(name: str, script: str) -> Path:
        for file, text in ((name, script), ("scancel", '#!/bin/sh\nkill "$1"'), ("condor_rm", "#!/bin/sh")):
            (tmp_path / file).write_text(text)
            (tmp_path / file).chmod(0o755)
        return tmp_path / name

    return put


@pytest.mark.parametrize(
    ("name", "query", "program", "wanted"),
    [
        (
            "slurm",
            "cores=4&memory=8GB&queue=short",
            "sbatch",
            ["#SBATCH -p short", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G"],
        ),
        (
            "htcondor",
            "cores=2",
            "condor_submit",
            ["RequestCpus = MY.DaskWorkerCores", "MY.DaskWorkerDisk = 1000000000"],
        ),
    ],
)
def test_the_jobs_that_are_submitted(
    batch_system: Callable[[str, str], Path], name: str, query: str, program: str, wanted: list[str]
) -> None:
    """Batch systems are not part of a test machine: a program that only takes jobs stands for one."""
    scripts = batch_system(program, ACCEPTING).with_name(program + ".scripts")
    with queue_cluster(name, f"jobs=3&{query}"):
        until = time.monotonic() + 20.0
        while scripts.read_text().count("distributed.cli.dask_worker") < 3 and time.monotonic() < until:
            time.sleep(0.05)
    text = scripts.read_text()
    assert text.count("distributed.cli.dask_worker") == 3
    for line in wanted:
        assert text.count(line) == 3


def test_a_job_that_begins_does_the_work(batch_system: Callable[[str, str], Path]) -> None:
    batch_system("sbatch", WORKING)
    with open_executor("dask://slurm?memory=500MB") as executor:
        assert sorted(executor.map(abs, [-1, 2, -3])) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(("name", "program"), [("slurm", "sbatch"), ("htcondor", "condor_submit")])
def test_a_refused_job(
    batch_system: Callable[[str, str], Path],
    name: str,
    program: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    batch_system(program, REFUSING)
    begin = time.monotonic()
    message = f"{program} refused the job: {program}: error: Batch job submission failed: Invalid account$"
    with pytest.raises(BadInput, match=message) as caught, open_executor(f"dask://{name}?jobs=2"):
        pass
    assert "\n" not in str(caught.value)
    assert time.monotonic() - begin < 20.0
    assert capfd.readouterr().err == ""


def test_no_batch_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="there is no sbatch here"), open_executor("dask://slurm"):
        pass


def test_ctrl_c_stays_simkits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """dask-jobqueue, as it is imported, makes a silent end of it."""
    for name in [name for name in sys.modules if name.startswith("dask_jobqueue")]:
        monkeypatch.delitem(sys.modules, name)
    before = signal.getsignal(signal.SIGINT)
    test_no_batch_system(tmp_path, monkeypatch)
    assert "dask_jobqueue.runner" in sys.modules
    assert signal.getsignal(signal.SIGINT) is before


def test_jobs_that_wait_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    client = SimpleNamespace(status="running", nthreads=dict, scheduler=SimpleNamespace(address="tcp://a:1"))
    Dask(client, queue="slurm")._look_for_workers()
    assert "waiting in the queue of slurm" in capsys.readouterr().err
    with pytest.raises(BadInput, match=r"no worker for 60 s; start some with dask worker tcp://a:1"):
        Dask(client)._look_for_workers()


@pytest.mark.parametrize("content", ["rubbish", "[]", "{}", '{"address": 3}'])
def test_a_scheduler_file_of_something_else(tmp_path: Path, content: str) -> None:
    (tmp_path / "scheduler.json").write_text(content)
    with (
        pytest.raises(BadInput, match=r"scheduler\.json is not the file of a dask scheduler"),
        open_executor(f"dask://{tmp_path}/scheduler.json"),
    ):
        pass


def out_of_time(shard: int) -> int:
    if shard == 1:
        raise TimeoutError("connect timed out")
    return shard


def out_of_room(shard: int) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def endless(shard: int) -> int:
    time.sleep(5.0)
    return shard


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (out_of_time, r"a worker could not go on \(TimeoutError: connect timed out\)"),
        (out_of_room, r"a worker could not go on \(OSError: .*No space left on device\)"),
    ],
)
def test_what_a_worker_raises_is_not_lost(cluster: Any, function: Any, message: str) -> None:
    """A TimeoutError of a worker is not that of waiting, and an OSError not the scheduler's."""
    with distributed.Client(cluster) as client, pytest.raises(BadInput, match=message):
        list(Dask(client).map(function, [0, 1, 2]))


def test_waiting_longer_than_patience_loses_nothing(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkit.executors.dask.PATIENCE_S", 0.05)
    with distributed.Client(cluster) as client:
        assert sorted(Dask(client).map(doze, [1, 2, 3])) == [(0, 1), (1, 2), (2, 3)]


def doze(shard: int) -> int:
    time.sleep(0.2)
    return shard


def test_a_lost_scheduler(cluster: Any) -> None:
    with distributed.Client(cluster.scheduler_address, timeout="10s") as client:
        closing = threading.Timer(0.5, cluster.close)
        closing.start()
        with pytest.raises(BadInput, match="the scheduler is gone"):
            list(Dask(client).map(endless, [0, 1]))
        closing.join()
