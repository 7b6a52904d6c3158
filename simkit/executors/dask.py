"""Workers of a dask.distributed cluster: given by address, or begun as jobs of Slurm or HTCondor.

    dask://HOST:PORT              a scheduler that runs already (`dask scheduler`, `dask worker tcp://...`)
    dask:///PATH/scheduler.json   the same, found through its scheduler file
    dask://slurm?jobs=20&cores=1&memory=2GB&queue=short&walltime=01:00:00
    dask://htcondor?jobs=20&cores=1&memory=2GB&disk=1GB

The last two begin a scheduler here and submit the workers with dask-jobqueue; its own settings
(~/.config/dask/jobqueue.yaml) give what is not named. Workers need the same simkit.
"""

from __future__ import annotations

import json
import logging
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from simkit.errors import BadInput, unknown

PATIENCE_S = 60.0  # without a worker and without a result
SUBMISSION_S = 60.0  # that a batch system may take to accept or refuse a job
LOGGERS = (
    "distributed",
    "distributed.client",
    "dask_jobqueue",
    "tornado",
    "tornado.application",
    "asyncio",
)
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


GONE = "--executor dask: the scheduler is gone; start it again"


class Dask:
    """See simkit.executors.Executor. queue: the batch system whose queue workers may wait in for long."""

    name = "dask"

    def __init__(self, client: Any, queue: str = "") -> None:
        self.client, self.queue = client, queue

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
                # Only the waiting is tried: a TimeoutError may also be what `function` raised.
                done = as_completed(list(left), timeout=PATIENCE_S)
                while True:
                    try:
                        future = next(done)
                    except StopIteration:
                        break
                    except TimeoutError:
                        self._look_for_workers()
                        break
                    result = future.result()
                    left.discard(future)
                    future.release()
                    yield futures[future], result
        except KilledWorker as error:
            raise BadInput(
                f"--executor dask: a shard was given up after the workers that ran it died ({error}); "
                "give the workers more memory"
            ) from None
        except CancelledError:
            raise BadInput(GONE) from None
        except OSError as error:
            if self.client.status != "running":
                raise BadInput(GONE) from None
            what = " ".join(str(error).split())
            raise BadInput(
                f"--executor dask: a worker could not go on ({type(error).__name__}: {what}); see to its "
                "disk and its network, and start again"
            ) from None
        finally:
            if self.client.status == "running":
                self.client.cancel(list(left))

    def _look_for_workers(self) -> None:
        if self.client.status != "running":
            raise BadInput(GONE)
        if self.client.nthreads():
            return
        if not self.queue:
            raise BadInput(
                f"--executor dask: the scheduler has had no worker for {PATIENCE_S:.0f} s; start some with "
                f"dask worker {self.client.scheduler.address}"
            )
        print(f"simkit: waiting in the queue of {self.queue}: no job has begun yet", file=sys.stderr)


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
    # What dask tells of workers that come and go is not what people wait for, nor are its tracebacks.
    name, _, query = address.partition("?")
    with ExitStack() as stack:
        for library in LOGGERS:
            logger = logging.getLogger(library)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        if name in QUEUES:
            cluster = stack.enter_context(queue_cluster(name, query))
            yield Dask(stack.enter_context(Client(cluster)), queue=name)
            return
        if query or not ("/" in name or ":" in name):
            raise unknown("cluster", name, [*QUEUES, "HOST:PORT"], f"--executor dask://{address}")
        where = {"address": f"tcp://{name}"}
        if name.endswith(".json"):
            where = {"address": _scheduler_address(Path(name))}
        try:
            client = stack.enter_context(Client(**where, timeout="10s"))
            client.wait_for_workers(1, timeout=PATIENCE_S)
        except (OSError, ValueError, TimeoutError) as error:
            raise BadInput(
                f"--executor: no dask scheduler with workers at {address} ({type(error).__name__}); "
                "start one with: dask scheduler, and workers with: dask worker tcp://HOST:PORT"
            ) from None
        yield Dask(client)


def _scheduler_address(file: Path) -> str:
    try:
        address = json.loads(file.read_text("utf-8"))["address"]
    except FileNotFoundError:
        raise BadInput(f"--executor: there is no scheduler file {file}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        address = None
    if not isinstance(address, str):
        raise BadInput(
            f"--executor: {file} is not the file of a dask scheduler; give what "
            "dask scheduler --scheduler-file wrote"
        )
    return address


def _import_jobqueue() -> Any:
    """Return dask-jobqueue; it takes Ctrl-C as it is imported, which is given back. Errors: BadInput."""
    before = signal.getsignal(signal.SIGINT)
    try:
        return import_module("dask_jobqueue")
    except ImportError:
        raise BadInput(
            "--executor dask: dask-jobqueue is not installed; pip install 'simkit[dask]'"
        ) from None
    finally:
        if signal.getsignal(signal.SIGINT) is not before:
            signal.signal(signal.SIGINT, before)


@contextmanager
def queue_cluster(name: str, query: str) -> Iterator[Any]:
    """Give a dask-jobqueue cluster of the batch system `name`, its jobs submitted. Errors: BadInput."""
    settings = queue_settings(name, query)
    where = f"--executor dask://{name}"
    dask_jobqueue = _import_jobqueue()
    kind = getattr(dask_jobqueue, QUEUES[name])
    program = kind.job_cls.submit_command
    if shutil.which(program) is None:
        raise BadInput(f"{where}: there is no {program} here; start simkit on a machine that submits jobs")
    answered, refusal = threading.Event(), []

    class Told(kind.job_cls):  # type: ignore[name-defined]
        """A job that tells what became of its submission; dask-jobqueue only logs it."""

        async def _submit_job(self, script: str) -> Any:
            try:
                return await super()._submit_job(script)
            except Exception as error:
                refusal.append(_last_line(str(error)))
                raise
            finally:
                answered.set()

    jobs = settings.pop("jobs")
    try:
        cluster = kind(job_cls=Told, **settings)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{where}: {' '.join(str(error).split())}") from None
    try:
        cluster.scale(jobs=1)
        if not answered.wait(SUBMISSION_S):
            raise BadInput(f"{where}: {program} has not answered for {SUBMISSION_S:.0f} s; try it by hand")
        if refusal:
            raise BadInput(f"{where}: {program} refused the job: {refusal[0]}")
        cluster.scale(jobs=jobs)
        yield cluster
    finally:
        # Closing says of refused jobs that they were never begun, after it has cancelled all others.
        with suppress(AssertionError):
            cluster.close()


def _last_line(said: str) -> str:
    """Return the last thing that a failed program said, from what dask-jobqueue makes of it."""
    lines = [line.strip() for line in said.splitlines()]
    told = [line for line in lines if line and line not in ("stdout:", "stderr:")]
    return told[-1] if told else "it said nothing"


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
        if not text or (isinstance(settings[key], int) and settings[key] < 1):
            raise BadInput(f"{where}: {key}: found {text!r}; leave it out, or give a value")
    return settings
