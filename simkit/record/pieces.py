"""Pieces: finished parts of long work, kept one file each as they get done, whole or not at all.

A piece is a dictionary of arrays under a name. While work goes on each has its own `NAME.npz`; `pack` puts
them all into one `FOLDER.zip` when it is over. Every array carries a checksum: a piece that was damaged is
put aside as `*.corrupt`, said so on stderr, and counts as never done.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from simkit.errors import BadInput
from simkit.writing import GO_ON, PART, write_whole, writing_to

SUFFIX = ".npz"
CORRUPT = ".corrupt"
DAMAGED = (OSError, ValueError, KeyError, EOFError, BadZipFile)

Arrays = dict[str, np.ndarray]
Check = Callable[[str, Arrays], object]


def reason(error: Exception) -> str:
    """Return in a few words what was found damaged."""
    if isinstance(error, KeyError):
        return f"without {error}"
    return " ".join(str(error).split()) or type(error).__name__


def set_aside(path: Path, why: str) -> None:
    """Rename a damaged file to `*.corrupt` and say so in a line on stderr. Errors: BadInput."""
    try:
        os.replace(path, path.with_name(path.name + CORRUPT))
    except OSError as error:
        raise BadInput(
            f"{path}: damaged ({why}), and cannot be put aside ({error.strerror}); delete it"
        ) from None
    aside = path.name + CORRUPT
    print(
        f"simkit: {path} is damaged ({why}); it was put aside as {aside}, what it held is done again",
        file=sys.stderr,
    )


class Pieces:
    """The pieces in `folder`, and in the zip file of that name beside it; whoever uses it holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pack_file = folder.with_name(folder.name + ".zip")
        for part in folder.glob(PART):
            part.unlink(missing_ok=True)

    def save(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Keep a piece. Errors: BadInput when the disk is full or the folder gone."""
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **arrays)
        with writing_to(self.folder, GO_ON):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / (name + SUFFIX), stream.getvalue())

    def load(self, check: Check = lambda name, arrays: None) -> tuple[dict[str, Arrays], list[str]]:
        """Return all pieces by name, and the names of those that were damaged and are put aside.

        check: raises KeyError or ValueError for a piece that is whole but not what it should be; that counts
        as damaged. Errors: BadInput, where what is damaged cannot be put aside.
        """
        found, damaged = self._load_pack(check)
        for path in sorted(self.folder.glob("*" + SUFFIX)):
            name = path.name.removesuffix(SUFFIX)
            try:
                found[name] = _arrays(name, path.read_bytes(), check)
            except DAMAGED as error:
                set_aside(path, reason(error))
                damaged.append(name)
        return dict(sorted(found.items())), [name for name in sorted(damaged) if name not in found]

    def _load_pack(self, check: Check) -> tuple[dict[str, Arrays], list[str]]:
        if not self.pack_file.exists():
            return {}, []
        found: dict[str, Arrays] = {}
        whole: dict[str, bytes] = {}
        damaged, why = [], ""
        try:
            with ZipFile(self.pack_file) as pack:
                for entry in pack.namelist():
                    name = entry.removesuffix(SUFFIX)
                    try:
                        content = pack.read(entry)
                        found[name] = _arrays(name, content, check)
                        whole[entry] = content
                    except DAMAGED as error:
                        why = reason(error)
                        damaged.append(name)
        except DAMAGED as error:
            why = reason(error)
        if why:
            # The sound ones first, so that a kill in between loses none.
            mend = f"make room and go on: {self.pack_file.name} is damaged ({why}), its sound parts go there"
            with writing_to(self.folder, mend):
                self.folder.mkdir(exist_ok=True)
                for entry, content in whole.items():
                    write_whole(self.folder / entry, content)
            set_aside(self.pack_file, why)
        return found, damaged

    def pack(self) -> None:
        """Put all pieces into one file; at no moment is one missing. Errors: BadInput."""
        loose = sorted(self.folder.glob("*" + SUFFIX))
        if not loose:
            return
        try:
            stream = io.BytesIO()
            with ZipFile(stream, "w", ZIP_STORED) as pack:
                new = {path.name for path in loose}
                if self.pack_file.exists():
                    with ZipFile(self.pack_file) as old:
                        for entry in old.namelist():
                            if entry not in new:
                                pack.writestr(ZipInfo(entry), old.read(entry))
                for path in loose:
                    pack.writestr(ZipInfo(path.name), path.read_bytes())
            write_whole(self.pack_file, stream.getvalue())
            for path in loose:
                path.unlink()
        except (OSError, BadZipFile) as error:
            raise BadInput(f"cannot pack {str(self.folder)!r} ({error}); nothing of it is lost") from None
        self._remove_folder()

    def remove(self) -> None:
        """Delete all pieces, those put aside excepted."""
        for path in self.folder.glob("*" + SUFFIX):
            path.unlink(missing_ok=True)
        self.pack_file.unlink(missing_ok=True)
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def _arrays(name: str, content: bytes, check: Check) -> Arrays:
    with np.load(io.BytesIO(content), allow_pickle=False) as data:
        arrays = {key: data[key] for key in data.files}
    check(name, arrays)
    return arrays
