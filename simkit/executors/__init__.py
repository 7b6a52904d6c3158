"""Executors: where independent shards of work are run, one kind a file.

An executor maps a function over shards and gives the results as they come, in any order; who asks for them
puts them back in order, so that the merged result is the same on one process and on a hundred machines. The
function and the shards are pickled; the function must be one that every worker can import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol

from simkit.errors import BadInput, unknown


class Executor(Protocol):
    """Something that runs shards. name: its kind. workers: how many shards it runs at once."""

    name: str

    @property
    def workers(self) -> int:
        """Return how many shards are run at once, now."""
        ...

    def map(self, function: Callable[[Any], Any], shards: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Yield (index of the shard, what `function` gave for it) as they get done, each once.

        A shard whose worker dies is run again elsewhere. Errors: what `function` raises; BadInput when no
        worker is left, or a shard kills one worker after another.
        """
        ...


EXECUTORS = {
    "local": "simkit.executors.local",
    "processes": "simkit.executors.processes",
    "dask": "simkit.executors.dask",
}
LOCAL = "local"


def open_executor(text: str) -> AbstractContextManager[Executor]:
    """Return the executor that `text` names, to be used in a `with` statement.

    "local": this process. "processes" or "processes:N": N processes of this machine (as many as it has
    processors). "dask://...": see simkit.executors.dask. Errors: BadInput.
    """
    name, _, rest = text.partition(":")
    if name not in EXECUTORS:
        raise unknown("executor", text, EXECUTORS, "--executor")
    if name == LOCAL and text != LOCAL:
        raise BadInput(f"--executor: found {text!r}; local takes nothing after it")
    return import_module(EXECUTORS[name]).open_executor(rest)
