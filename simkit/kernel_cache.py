"""The compile cache: a file for every kernel and signature that was compiled, which nothing spoils for good.

Numba's own cache sees edits only in the file that a function stands in, fails for ever on a file that a
full disk cut short, mixes up what two processes compile at once, and reads no folder that it cannot write.
Here a file is named by all that its code is built from (simkit.fingerprint), the folder by the versions of
the compiler; a file is whole or not at all, and holds its checksum and what it was compiled for; what cannot
be used is compiled anew.

SIMKIT_CACHE names the folder, or several as PATH does (`/mine:/opt/filled`): all are read, and the first that
can be written takes what is compiled. Files are unpickled, so name only folders of people you trust.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import FunctionCache, InTreeCacheLocator
from numba.core.event import Listener, register
from numba.core.registry import cpu_target
from numba.core.serialize import dumps as numba_dumps

from simkit.fingerprint import fingerprint
from simkit.plugins import VARIABLE, plugin_sources
from simkit.writing import write_whole

SUFFIX = ".nbc"
CHECKSUM_BYTES = hashlib.sha256().digest_size

_unwritable: set[Path] = set()  # folders that were tried in vain
_said: set[str] = set()  # what was said of them, which is one line at most


def compiler_hash(plugins: Iterable[Path] = ()) -> str:
    """Return the hash (16 hex digits) of the versions that compiled code depends on.

    plugins: the sources of plug-ins. They count where any of them speaks of numba, which they may extend in
    ways that no fingerprint follows.
    """
    digest = hashlib.sha256()
    for version in (numba.__version__, llvmlite.__version__, np.__version__, sys.version):
        digest.update(version.encode())
    texts = [path.read_bytes() for path in plugins]
    if any(b"numba" in text for text in texts):
        for text in texts:
            digest.update(text)
    return digest.hexdigest()[:16]


@cache
def _hash_with(files: str) -> str:
    return compiler_hash(plugin_sources())


def cache_hash() -> str:
    """Return the hash that names the compile cache now, with the plug-ins in use."""
    return _hash_with(os.environ.get(VARIABLE, ""))


def target_hash() -> str:
    """Return the hash of LLVM's name of the processor and of its instruction sets, which code is made for."""
    target = " ".join(cpu_target.target_context.codegen().magic_tuple())
    return hashlib.sha256(target.encode()).hexdigest()[:16]


def cache_folders() -> list[Path]:
    """Return the folders of the compile cache, the one to write first; none for a user without a home."""
    return [top / "kernels" / cache_hash() for top in _tops()]


def _tops() -> list[Path]:
    given = [Path(top) for top in os.environ.get("SIMKIT_CACHE", "").split(os.pathsep) if top]
    user = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return given or ([Path(user, "simkit")] if os.path.isabs(user) else [])


def _write(name: str, content: bytes) -> None:
    """Write a file into the first folder that takes it, a temporary one if need be, or not at all."""
    problem = "" if _tops() else "there is no home folder to keep compiled kernels in"
    for folder in cache_folders():
        if folder in _unwritable:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, content, durable=False)
            return
        except OSError as error:
            _unwritable.add(folder)
            problem = problem or f"the compile cache {str(folder)!r} cannot be written ({error.strerror})"
    if problem and not _said:
        _said.add(problem)
        _add_temporary_folder(problem)
        _write(name, content)


def _add_temporary_folder(problem: str) -> None:
    """Go on with a temporary folder, for the processes that this one starts, too; say so in a line."""
    print(
        f"simkit: {problem}: what it lacks is compiled anew in every run; "
        "set SIMKIT_CACHE to a folder that can be written",
        file=sys.stderr,
    )
    with suppress(OSError):  # then nothing is kept
        temporary = tempfile.mkdtemp(prefix="simkit-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        os.environ["SIMKIT_CACHE"] = os.pathsep.join([temporary, *map(str, _tops())])


class Entries:
    """The files of one kernel, in place of numba's index and data files.

    stamp: returns what identifies all that the kernel is built from, of a signature. dumps: how compiled code
    is pickled.
    """

    def __init__(
        self, function: Callable[..., Any], stamp: Callable[[Any], Any], dumps: Callable[[Any], bytes]
    ) -> None:
        name = f"{function.__module__}.{function.__qualname__}".replace("<", "").replace(">", "")
        self._name = name[-150:]
        self._stamp, self._dumps = stamp, dumps

    def load(self, key: Any) -> Any:
        """Return what was compiled for `key` (signature, processor, code), None where nothing sound is."""
        stamp = self._stamp(key[0])
        for folder in cache_folders():
            try:
                content = (folder / self._file(key, stamp)).read_bytes()
            except OSError:
                continue
            checksum, body = content[:CHECKSUM_BYTES], content[CHECKSUM_BYTES:]
            if hashlib.sha256(body).digest() == checksum:
                found, data = pickle.loads(body)
                if found == (stamp, key):
                    return data
        return None

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled for `key`, where that can be."""
        stamp = self._stamp(key[0])
        body = self._dumps(((stamp, key), data))
        _write(self._file(key, stamp), hashlib.sha256(body).digest() + body)

    def flush(self) -> None:
        """Delete the files of this kernel."""
        for folder in cache_folders():
            for path in folder.glob(f"{self._name}-*{SUFFIX}"):
                path.unlink(missing_ok=True)

    def _file(self, key: Any, stamp: Any) -> str:
        signature, *rest = key
        spelled = f"{_spell(signature)} {rest} {stamp!r}"
        return f"{self._name}-{hashlib.sha256(spelled.encode()).hexdigest()[:16]}{SUFFIX}"


def _spell(of: Any) -> str:
    """Return numba's name of a type, or of several; of a class the module, too, which makes names unique."""
    inside = of if isinstance(of, tuple) else getattr(of, "types", ())
    own = getattr(of, "instance_class", None)
    name = "" if isinstance(of, tuple) else str(of) if own is None else f"{own.__module__}.{of}"
    return f"{name}({', '.join(map(_spell, inside))})"


class InAFile(InTreeCacheLocator):
    """Of numba's locator only whether a function stands in a file: `Entries` know where code goes."""

    def get_cache_path(self) -> str:
        return ""

    def ensure_cache_path(self) -> None:
        pass


def keep_soundly(numbas: Any, dumps: Callable[[Any], bytes], version: str = "") -> Any:
    """Return the class of cache `numbas`, of numba or numba-cuda, with `Entries` for its files.

    version: of the package that `numbas` is of, where it is not numba.
    """

    class Compiled(numbas._impl_class):
        _locator_classes = (InAFile,)

    class KernelCache(numbas):
        """The cache of one kernel, as numba's dispatcher asks for it."""

        _impl_class = Compiled

        def __init__(self, kernel: Any) -> None:
            super().__init__(kernel.py_func)
            self._cache_file = Entries(
                kernel.py_func, lambda signature: (version, fingerprint(kernel, signature)), dumps
            )

        def load_overload(self, signature: Any, target: Any) -> Any:
            """Return what is kept for a signature, None where there is nothing or it cannot be used."""
            try:
                return super().load_overload(signature, target)
            except Exception:  # unpickling may raise anything
                return None

    return KernelCache


KernelCache = keep_soundly(FunctionCache, numba_dumps)


class _Compiling(Listener):
    """Which compilation of this process is under way: its `number`, 0 for none."""

    def __init__(self) -> None:
        self.number = self._depth = self._all = 0

    def on_start(self, event: Any) -> None:
        """Count in one that begins; kernels that it calls are compiled inside it."""
        self._all += self._depth == 0
        self._depth += 1
        self.number = self._all

    def on_end(self, event: Any) -> None:
        """Count out one that ends, well or not."""
        self._depth -= 1
        self.number = self._all if self._depth else 0


COMPILING = _Compiling()
register("numba:compile", COMPILING)


@contextmanager
def compiling_alone(what: str) -> Iterator[None]:
    """Let the first of this machine's processes compile what is called `what`; others wait, and load it."""
    marks = [folder / f"{what}.compiled" for folder in cache_folders()]
    if any(mark.exists() for mark in marks):
        yield
        return
    with ExitStack() as held:
        with suppress(OSError):  # without a lock everybody compiles
            # Beside other temporary files, because disks of a network may know no locks.
            path = os.path.join(tempfile.gettempdir(), f"simkit-{os.getuid()}-{cache_hash()}.lock")
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            held.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        with suppress(OSError, IndexError):
            marks[0].touch()
