"""The fields by name: those of simkit, those of plug-ins, and what is said of wrong ones."""

from __future__ import annotations

import json

import pytest
from made import at, built, section

from simkit import plugins
from simkit.cli import main
from simkit.errors import BadInput
from simkit.field.maps.fields import FIELDS, build_field

QUADRUPOLE = """
from typing import Literal, NamedTuple
from simkit.field import FIELD_AT
from simkit.field.stepping import Stepping

class Quadrupole(Stepping):
    kind: Literal["quadrupole"]
    gradient_T_m: float
    def build(self):
        return Gradient(self.gradient_T_m * 1e-3)

class Gradient(NamedTuple):
    per_mm: float

def gradient(field, x, y, z):
    return field.per_mm * y, field.per_mm * x, 0.0

FIELD_AT[Gradient] = gradient

class Failing(Stepping):
    kind: Literal["failing"]
    def build(self):
        return 1 / 0

class Verbless(Stepping):
    kind: Literal["verbless"]
    def build(self):
        return (1.0,)

class Unbuilt(Stepping):
    kind: Literal["unbuilt"]

FIELDS = [Quadrupole, Failing, Verbless, Unbuilt]
"""


@pytest.fixture
def brought(tmp_path, monkeypatch):
    """Have a plug-in that brings fields."""
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(plugins, "_loaded", {})
    (tmp_path / "quadrupole.py").write_text(QUADRUPOLE)
    plugins.add_file(tmp_path / "quadrupole.py")


def test_the_fields_of_simkit():
    assert list(FIELDS.own) == ["none", "uniform", "solenoid", "atlas_solenoid", "toroid", "table"]
    assert built({}) is None
    assert built({"kind": "none"}) is None


def test_an_unknown_field_is_one_line():
    with pytest.raises(BadInput) as raised:
        section({"kind": "solenoids"})
    assert "did you mean 'solenoid'? (allowed: none, uniform, solenoid, " in str(raised.value)


def test_a_field_from_outside_the_package(brought):
    assert at(built({"kind": "quadrupole", "gradient_T_m": 5.0}), 10.0, 20.0, 0.0).tolist() == [
        0.1,
        0.05,
        0.0,
    ]
    with pytest.raises(BadInput, match=r"unknown key 'gradient'; did you mean 'gradient_T_m'\?"):
        section({"kind": "quadrupole", "gradient": 5.0})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("failing", "field 'failing': the plug-in's cannot be built (ZeroDivisionError: division by zero)"),
        ("verbless", "field 'verbless': simkit.field.FIELD_AT has no tuple; register one"),
        ("unbuilt", "field 'unbuilt': Unbuilt lacks build; define them"),
    ],
)
def test_a_broken_field_is_one_line(brought, kind, words):
    with pytest.raises(BadInput) as raised:
        build_field(section({"kind": kind}))
    assert words in str(raised.value)


def test_the_doctor_knows_them(brought, capsys):
    main(["doctor", "--json"])
    found = {check["what"]: check for check in json.loads(capsys.readouterr().out)["plug-ins"]}
    assert found["field quadrupole"]["verdict"] == "ok"
    assert found["field unbuilt"]["verdict"] == "warn"
