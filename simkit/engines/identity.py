"""What identifies a program in a record: the content of its files, not their names.

An interpreter is not the program: `python3 old.py` and `python3 new.py` differ by their scripts, and
`taskset -c 0 ./prog` is `./prog`. What a script imports or a program loads is not seen.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from simkit.engines.process import digest, is_file

# Programs that start the one that stands behind them and their options.
LAUNCHERS = frozenset(
    {"chrt", "env", "ionice", "nice", "nohup", "numactl", "setarch", "setsid", "stdbuf", "taskset", "time"}
    | {"timeout", "valgrind", "xvfb-run"}
)
LARGEST = 2**28  # bytes of a file that is read for its digest


def identify(command: Sequence[str]) -> dict[str, str]:
    """Return what tells a command line from its other versions, wherever its files lie.

    program: digest of the executable file (of the interpreter, for `python3 old.py`). files: names and
    digests of the files among the other words, in their order: the script, its settings. command: digest of
    all words, files by their content; equal for two sides only where nothing of this differs. Errors:
    BadInput when a file cannot be read.
    """
    program, words = _behind_launchers(list(command))
    files = {word: _content(word) for text in words for word in _files(text)}
    whole = [digest(program), *(_with_digests(text, files) for text in words)]
    launchers = [Path(word).name for word in command[: len(command) - len(words) - 1]]
    named = {"files": ", ".join(f"{Path(word).name} {text}" for word, text in files.items())} if files else {}
    text = "\0".join([*launchers, *whole])
    return {
        "program": digest(program),
        **named,
        "command": f"sha256 {hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:16]}",
    }


def _behind_launchers(words: list[str]) -> tuple[Path, list[str]]:
    """Return the program that is started in the end, and the words behind it."""
    program, rest = Path(words[0]), words[1:]
    while program.name in LAUNCHERS:
        found = ((i, _executable(word)) for i, word in enumerate(rest))
        place, behind = next(((i, path) for i, path in found if path is not None), (0, None))
        if behind is None:
            break
        program, rest = behind, rest[place + 1 :]
    return program, rest


def _executable(word: str) -> Path | None:
    found = word if os.sep in word else shutil.which(word)
    return Path(found) if found and is_file(Path(found)) and os.access(found, os.X_OK) else None


def _files(word: str) -> Iterator[str]:
    """Give the files that a word names: itself, the value of --option=FILE, or words of `sh -c '...'`."""
    if is_file(Path(word)):
        yield word
    elif is_file(Path(word.partition("=")[2])):
        yield word.partition("=")[2]
    elif " " in word:
        try:
            yield from (inner for inner in shlex.split(word) if is_file(Path(inner)))
        except ValueError:  # quotes of another language
            return


def _content(word: str) -> str:
    size = Path(word).stat().st_size
    return digest(Path(word)) if size <= LARGEST else f"{size} bytes, not read"


def _with_digests(text: str, files: dict[str, str]) -> str:
    for word in _files(text):
        text = text.replace(word, files[word])
    return text
