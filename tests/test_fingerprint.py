"""A fingerprint changes with whatever compiled code is built from, and with nothing else."""

from __future__ import annotations

import importlib
import subprocess
import sys

import numpy as np
import pytest
from numba import typeof

from simkit.fingerprint import fingerprint

HELPERS = '''
"""What kernels share."""
from simkit.jit import kernel
HALF = 0.5
UNUSED = 1.0
@kernel
def halved(x):
    """Return a half."""
    return HALF * x
def added(x, more=0.25):
    return x + more
'''
KERNELS = '''
"""Kernels, and what stands beside them."""
from enum import IntEnum
from typing import NamedTuple
import numpy as np
import helpers
from helpers import halved
from pydantic import BaseModel
from simkit.jit import by_member, by_part, by_type, inlined, kernel
LIMIT = 3.0
NODES = np.load("nodes.npy")
PAIR = (1, 2.5)
class Side(IntEnum):
    LEFT = 1
class Section(BaseModel):
    """A section."""
    length: float = 1.0  # mm
class Box(NamedTuple):
    edge: float
    colour: int
class Ball(NamedTuple):
    radius: float
class Point(NamedTuple):
    x: float
def volume(shape):
    return VOLUME[type(shape)](shape)
VOLUME = by_type(volume)
def of_box(shape):
    """Return that of a box."""
    return shape.edge**3
def of_ball(shape):
    return 4.0 * shape.radius**3
def of_point(shape):
    return 0.0
VOLUME[Box], VOLUME[Ball], VOLUME[Point] = of_box, of_ball, of_point
def make_scaled(factor):
    @inlined
    def scaled(x):
        return factor * x
    return scaled
scaled = make_scaled(2.0)
added = inlined(helpers.added)
def host(length: float) -> Section:
    return Section(length=length)
def along(shape, x):
    """Do the part along x."""
PARTS = {Box: lambda shape, x: x + 7.0}
by_part(along, PARTS, lambda part: lambda shape, x: 11.0 * part(shape, x))
def total(shapes, x):
    """Add up."""
by_member(total, lambda shapes, x: 13.0, lambda rest: lambda shapes, x: 17.0 * x + rest(shapes[1:], x))
@kernel
def filled(shape, x: float):
    """Return something that all of it is needed for."""
    inner = Ball(x)
    if along(shape, x) + total((shape,), x) > 5e9:
        return x
    if x > LIMIT:
        return scaled(NODES[0]) + PAIR[1] + Side.LEFT
    return added(halved(volume(shape))) + volume(inner) * helpers.HALF
'''
FILES = {"helpers.py": HELPERS, "kernels.py": KERNELS}
NODES = np.array([1.0, 2.0])


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return a function that gives the fingerprint of `filled`, with one text put in place of another."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def found(file="kernels.py", old="", new="", nodes=NODES):
        np.save(tmp_path / "nodes.npy", nodes)
        for name, text in FILES.items():
            assert name != file or old in text
            (tmp_path / name).write_text(text.replace(old, new) if name == file and old else text)
            sys.modules.pop(name.removesuffix(".py"), None)
        importlib.invalidate_caches()
        kernels = importlib.import_module("kernels")
        return fingerprint(kernels.filled, (typeof(kernels.Box(1.0, 2)), typeof(1.0)))

    yield found
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("kernels.py", "Return something that all of it is needed for", "Other words"),
        ("kernels.py", '    """Return that of a box."""\n', ""),
        ("kernels.py", "LIMIT = 3.0", "# A comment.\n\n\nLIMIT = 3.0  # and one more"),
        ("kernels.py", "length: float = 1.0", "length: float = 2.0\n    width: float = 1.0"),
        ("kernels.py", "length: float) -> Section", "length: int) -> object"),
        ("kernels.py", "return Section(length=length)", "return Section(length=2 * length)"),
        ("kernels.py", "shape, x: float", "shape, x: complex"),
        ("kernels.py", "return 0.0", "return 1.0"),  # what a verb does for a type that is not met
        ("kernels.py", "class Point(NamedTuple):\n", "class Point(NamedTuple):\n    y: float\n"),
        ("kernels.py", "def host", "def another():\n    return LIMIT\ndef host"),
        ("helpers.py", "What kernels share", "Shared"),
        ("helpers.py", "UNUSED = 1.0", "UNUSED = 2.0"),
    ],
)
def test_what_never_reaches_the_compiler_changes_nothing(found, file, old, new):
    assert found() == found(file, old, new)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("kernels.py", "LIMIT = 3.0", "LIMIT = 4.0"),
        ("kernels.py", "LIMIT = 3.0", "LIMIT = 3"),
        ("kernels.py", "(1, 2.5)", "(1, 2.0)"),
        ("kernels.py", "LEFT = 1", "LEFT = 2"),
        ("kernels.py", "x > LIMIT", "x >= LIMIT"),
        ("kernels.py", "NODES[0]", "NODES[1]"),
        ("kernels.py", "shape.edge**3", "shape.edge**2"),  # what a verb does for the type of an argument
        ("kernels.py", "4.0 *", "5.0 *"),  # and for one that is made inside
        ("kernels.py", "edge: float\n    colour: int", "colour: int\n    edge: float"),
        ("kernels.py", "make_scaled(2.0)", "make_scaled(3.0)"),
        ("kernels.py", "factor * x", "x * factor"),
        ("kernels.py", "VOLUME[Box], VOLUME[Ball]", "VOLUME[Ball], VOLUME[Box]"),
        ("kernels.py", "x + 7.0", "x + 8.0"),  # a part, and what is around it
        ("kernels.py", "11.0 *", "12.0 *"),
        ("kernels.py", "13.0", "14.0"),  # the end of a walk through a tuple, and its way
        ("kernels.py", "17.0 *", "18.0 *"),
        ("kernels.py", "@kernel", "@inlined"),
        ("helpers.py", "HALF = 0.5", "HALF = 0.25"),
        ("helpers.py", "return HALF * x", "return HALF * x * x"),
        ("helpers.py", "more=0.25", "more=0.5"),
    ],
)
def test_what_code_is_built_from_changes_it(found, file, old, new):
    before = found()
    changed = found(file, old, new)
    assert changed != before
    assert found() == before


def test_a_frozen_array_counts_by_what_was_read(found):
    assert found(nodes=NODES) == found(nodes=NODES.copy())
    assert len({found(nodes=nodes) for nodes in (NODES, NODES + 1e-9, NODES.astype(np.float32))}) == 3


def test_it_is_the_same_in_every_process():
    code = (
        "from numba import typeof; from simkit.fingerprint import fingerprint; import numpy as np\n"
        "from simkit.geometry import locate_all; from simkit.geometry.slab_stack import build_slab_stack\n"
        "{more}\n"
        "stack = build_slab_stack(2, [('a', 'G4_Pb', 1.0)], 10.0).params\n"
        "print(fingerprint(locate_all, tuple(map(typeof, (stack, *(np.zeros(1),) * 4)))))\n"
    )
    # Whatever else was imported, and in which order.
    imports = (
        "import simkit.geometry.tubes",
        "import simkit.transport.life, simkit.geometry.atlas_like",
        "",
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", code.format(more=more)], capture_output=True, text=True, check=True
        ).stdout
        for more in imports
    }
    assert len(prints) == 1


def test_vectorized_functions_are_followed():
    from numba import vectorize

    from simkit.jit import kernel

    def one(x):
        return x + 1.0

    def two(x):
        return x + 2.0

    prints = [fingerprint(kernel(lambda x, f=f: f(x)), (typeof(1.0),)) for f in map(vectorize, (one, two))]
    assert prints[0] != prints[1]


class Names:
    """An object that has a state."""

    def __init__(self, *names):
        self.names = list(names)


def test_the_state_of_objects_that_choose_counts():
    from simkit.jit import kernel

    def chosen(names):
        return fingerprint(kernel(lambda x, names=names: x), (typeof(1.0),))

    assert chosen(Names("e-", "e+")) == chosen(Names("e-", "e+")) != chosen(Names("e+", "e-"))


def test_numbas_own_overloads_are_followed():
    from numba.extending import overload

    from simkit.jit import kernel

    prints = []
    for factor in (2.0, 3.0):

        def verb(x):
            raise NotImplementedError

        def chosen(x, factor=factor):
            return lambda x: factor * x

        overload(verb)(chosen)
        prints.append(fingerprint(kernel(lambda x, verb=verb: verb(x)), (typeof(1.0),)))
    assert prints[0] != prints[1]
