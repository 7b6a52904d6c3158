"""What does not compile in a plug-in is a line that names it, instead of numba's hundreds."""

from __future__ import annotations

from importlib import import_module

import pytest
from numba.core.errors import NumbaError

from simkit import compile_errors, plugins
from simkit.compile_errors import blamed_on_plugins
from simkit.engines import build
from simkit.errors import BadInput
from simkit.jit import by_part, by_type, kernel
from simkit.scenario import load_scenario
from simkit.tally import energy_units
from simkit.transport.life import BEGIN, STEP
from simkit.transport.lives.parts import Life

FILE = """
from typing import NamedTuple
from simkit.tally import energy_units

class Params(NamedTuple):
    energy: float

def verb(params, x):
    if x > 0.0:
        return params.energy
    {line}

SPEEDUPS = []
"""


def verb(params, x):
    return VERB[type(params)](params, x)


VERB = by_type(verb)


@kernel
def whole(params, x):
    return energy_units(verb(params, x) + 1.0)


PARTS = {}


def built(params, x):
    """Do the part of the params' type."""


by_part(built, PARTS, lambda part: lambda params, x: part(params, x) + 1.0)


@kernel
def whole_of_parts(params, x):
    return energy_units(built(params, x))


@pytest.mark.parametrize("compiled", [whole, whole_of_parts], ids=["verb", "part"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "return params.nope",
            "mine.py, line 11: does not compile: Unknown attribute 'nope' of type Params(float64 x 1)",
        ),
        (
            "return params.energy, x",
            "mine.py, line 11: does not compile: Can't unify return type from the following types",
        ),
        ("import os", "mine.py, line 11: does not compile: Use of unsupported opcode (IMPORT_NAME) found."),
        ("return energy_units('a')", "mine.py, line 11: does not compile: "),
        (
            "return y",
            "plug-ins in use (speedup mine of mine.py): do not compile: NameError: name 'y' is not defined",
        ),
    ],
)
def test_the_line_is_named(tmp_path, monkeypatch, line, said, compiled):
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(plugins, "_loaded", {"speedup mine": "mine.py"})
    (tmp_path / "mine.py").write_text(FILE.format(line=line))
    plugins.add_file(tmp_path / "mine.py")
    module = import_module(plugins._module_name(str(tmp_path / "mine.py")))
    VERB[module.Params] = PARTS[module.Params] = module.verb
    with pytest.raises(BadInput) as raised, blamed_on_plugins():
        compiled(module.Params(1.0), 0.5)
    assert said in str(raised.value)


@pytest.mark.parametrize("lines", [(10, 11), (11, 10)])
def test_of_two_returns_the_last_line_is_named_in_whatever_order_they_are_listed(
    tmp_path, monkeypatch, lines
):
    file = tmp_path / "mine.py"
    file.write_text("SPEEDUPS = []\n")
    monkeypatch.setattr(plugins, "_loaded", {"speedup mine": "mine.py"})
    monkeypatch.setattr(compile_errors, "plugin_sources", lambda: [file])
    returns = "".join(
        f"Return of: IR name '${n}', type 'float64', location: \nFile \"{file}\", line {n}:\n" for n in lines
    )
    with (
        pytest.raises(BadInput, match=r"mine.py, line 11: does not compile: Can't unify"),
        blamed_on_plugins(),
    ):
        raise NumbaError(f"Can't unify return type from the following types: int64, float64\n{returns}")


def test_what_is_of_no_plug_in_is_not_blamed_on_them(monkeypatch):
    monkeypatch.setattr(plugins, "_loaded", {})
    with pytest.raises(NumbaError), blamed_on_plugins():
        energy_units("a")


def test_a_life_without_what_the_loop_reads_is_refused(monkeypatch):
    """Before anything is compiled."""
    own = build.lives_for
    life = type(own)  # a class that no verb knows
    monkeypatch.setitem(BEGIN, life, lambda life, track: track)
    monkeypatch.setitem(STEP, life, lambda life, tally, stacks, rng, track: track)
    monkeypatch.setattr(build, "lives_for", lambda kinds: [Life("odd", (0,), lambda parts: own)])
    with pytest.raises(
        BadInput, match=r"registered for step of simkit\.transport\.life, must be a plain function of"
    ):
        build.build_world(load_scenario("testem3"))
    monkeypatch.setitem(STEP, life, lambda life, tally, stacks, rng, track, state: track)
    with pytest.raises(
        BadInput, match=r"life 'odd': function lacks geometry and policies; it must be a NamedTuple"
    ):
        build.build_world(load_scenario("testem3"))
