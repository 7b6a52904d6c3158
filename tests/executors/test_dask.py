"""What names a dask cluster, and what batch systems are asked for; the cluster itself: test_cluster.py."""

from __future__ import annotations

import pytest

from simkit.errors import BadInput
from simkit.executors import open_executor
from simkit.executors.dask import queue_cluster, queue_settings


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


@pytest.mark.parametrize(
    ("name", "query", "wanted"),
    [
        (
            "slurm",
            "cores=4&memory=8GB&queue=short",
            ["#SBATCH -p short", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G"],
        ),
        ("htcondor", "cores=2", ["RequestCpus = MY.DaskWorkerCores", "MY.DaskWorkerDisk = 1000000000"]),
    ],
)
def test_the_job_that_is_submitted(
    monkeypatch: pytest.MonkeyPatch, name: str, query: str, wanted: list[str]
) -> None:
    """Batch systems are not part of a test machine: what would be submitted is looked at instead."""
    jobqueue = pytest.importorskip("dask_jobqueue")
    asked: list[int] = []
    monkeypatch.setattr(
        jobqueue.core.JobQueueCluster, "scale", lambda self, n=None, jobs=0: asked.append(jobs)
    )
    with queue_cluster(name, f"jobs=3&{query}") as cluster:
        script = cluster.job_script()
    assert asked[0] == 3
    assert "distributed.cli.dask_worker" in script
    for line in wanted:
        assert line in script
