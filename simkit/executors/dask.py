"""Workers of a dask.distributed cluster: given by address, or begun as jobs of Slurm or HTCondor.

    dask://HOST:PORT              a scheduler that runs already (`dask scheduler`, `dask worker tcp://...`)
    dask:///PATH/scheduler.json   the same, found through its scheduler file
    dask://slurm?jobs=20&cores=1&memory=2GB&queue=short&walltime=01:00:00
    dask://htcondor?jobs=20&cores=1&memory=2GB&disk=1GB

The last two begin a scheduler here and submit the workers with dask-jobqueue; its own settings
(~/.config/dask/jobqueue.yaml) give what is not named. Workers need the same simkit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from simkit.errors import BadInput, unknown

PATIENCE_S = 60.0  # without a worker and without a result
QUEUES = {"slurm": "SLURMCluster", "htcondor": "HTCondorCluster"}
# What may be named, and how it is read.
SETTINGS: dict[str, Callable[[str], Any]] = {
    "jobs": int,
    "cores": int,
    "processes": int,
    "memory": str,
    "disk": str,
    "queue": str,
    "account": str,
    "walltime": str,
}
ONLY_OF = {"disk": "htcondor", "queue": "slurm", "account": "slurm", "walltime": "slurm"}


class Dask:
    """See simkit.executors.Executor. patient: workers may stay away for long, they wait in a queue."""

    name = "dask"

    def __init__(self, client: Any, patient: bool = False) -> None:
        self.client, self.patient = client, patient

    @property
    def workers(self) -> int:
        """Return how many threads the cluster's workers have together, at least one."""
        return max(1, sum(self.client.nthreads().values()))

    def map(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Yield (index, result) as they get done; dask runs the shards of a lost worker again."""
        from distributed import CancelledError, as_completed
        from distributed.scheduler import KilledWorker

        futures = {self.client.submit(function, shard, pure=False): i for i, shard in enumerate(shards)}
        left = set(futures)
        try:
            while left:
                try:
                    for future in as_completed(list(left), timeout=PATIENCE_S):
                        left.discard(future)
                        yield futures[future], future.result()
                        future.release()
                except TimeoutError:
                    self._look_for_workers()
        except KilledWorker as error:
            raise BadInput(
                f"--executor dask: a shard was given up after the workers that ran it died ({error}); "
                "give the workers more memory"
            ) from None
        except (CancelledError, OSError) as error:
            raise BadInput(
                f"--executor dask: the scheduler is gone ({type(error).__name__}); start it again"
            ) from None
        finally:
            self.client.cancel(list(left))

    def _look_for_workers(self) -> None:
        if not self.patient and not self.client.nthreads():
            raise BadInput(
                f"--executor dask: the scheduler has had no worker for {PATIENCE_S:.0f} s; start some with "
                f"dask worker {self.client.scheduler.address}"
            )


@contextmanager
def open_executor(rest: str) -> Iterator[Dask]:
    """Connect to, or begin, the cluster that `rest` ("//ADDRESS") names. Errors: BadInput."""
    address = rest.removeprefix("//")
    if not rest.startswith("//") or not address:
        raise BadInput(f"--executor: found 'dask:{rest}'; write dask://HOST:PORT, dask://slurm?jobs=10, ...")
    try:
        from distributed import Client
    except ImportError:
        raise BadInput(
            "--executor dask: dask.distributed is not installed; pip install 'simkit[dask]'"
        ) from None
    # What dask tells of workers that come and go is not what people wait for.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    name, _, query = address.partition("?")
    with ExitStack() as stack:
        if name in QUEUES:
            cluster = stack.enter_context(queue_cluster(name, query))
            client = stack.enter_context(Client(cluster))
        elif query or not ("/" in name or ":" in name):
            raise unknown("cluster", name, [*QUEUES, "HOST:PORT"], f"--executor dask://{address}")
        else:
            where = {"scheduler_file": name} if name.endswith(".json") else {"address": f"tcp://{name}"}
            if name.endswith(".json") and not Path(name).is_file():  # dask would wait for it for ever
                raise BadInput(f"--executor: there is no scheduler file {name}")
            try:
                client = stack.enter_context(Client(**where, timeout="10s"))
                client.wait_for_workers(1, timeout=PATIENCE_S)
            except (OSError, ValueError, TimeoutError) as error:
                raise BadInput(
                    f"--executor: no dask scheduler with workers at {address} ({type(error).__name__}); "
                    "start one with: dask scheduler, and workers with: dask worker tcp://HOST:PORT"
                ) from None
        yield Dask(client, patient=name in QUEUES)


def queue_cluster(name: str, query: str) -> Any:
    """Return a dask-jobqueue cluster of the batch system `name`, its jobs submitted. Errors: BadInput."""
    settings = queue_settings(name, query)
    try:
        import dask_jobqueue
    except ImportError:
        raise BadInput(
            "--executor dask: dask-jobqueue is not installed; pip install 'simkit[dask]'"
        ) from None
    jobs = settings.pop("jobs")
    try:
        cluster = getattr(dask_jobqueue, QUEUES[name])(**settings)
    except (TypeError, ValueError) as error:
        raise BadInput(f"--executor dask://{name}: {' '.join(str(error).split())}") from None
    cluster.scale(jobs=jobs)
    return cluster


def queue_settings(name: str, query: str) -> dict[str, Any]:
    """Return what the text after the question mark says, with defaults. Errors: BadInput."""
    where = f"--executor dask://{name}"
    settings: dict[str, Any] = {"jobs": 1, "cores": 1, "memory": "2GB"}
    if name == "htcondor":
        settings["disk"] = "1GB"
    allowed = [key for key in SETTINGS if ONLY_OF.get(key, name) == name]
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key not in allowed:
            raise unknown("setting", key, allowed, where)
        try:
            settings[key] = SETTINGS[key](text)
        except ValueError:
            raise BadInput(f"{where}: {key}: found {text!r}; must be a number") from None
        if not text or settings[key] == 0:
            raise BadInput(f"{where}: {key}: found {text!r}; leave it out, or give a value")
    return settings
