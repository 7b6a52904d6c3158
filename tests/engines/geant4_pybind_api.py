"""What simkit.engines.geant4_slab_stack uses of geant4-pybind, as the package itself describes it.

`python -m tests.engines.geant4_pybind_api` writes geant4_pybind_api.json of this folder anew from the stub
file of the installed package: by class its bases, its attributes, and by method that is used whether it is
static, what it returns, and for every overload the fewest and most arguments.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from simkit.engines import geant4_slab_stack

KEYWORD = re.compile(r"\b(in|from|is|as):")  # C++ knows them as names of arguments
RECORDED = Path(__file__).with_suffix(".json")
# What is not named by geant4_slab_stack and only returned to it.
RETURNED = ("G4Event", "G4HCofThisEvent", "G4DoubleHitsMap", "G4Material", "G4RunManager")


def used_names() -> set[str]:
    """Return the names of the package that geant4_slab_stack uses: g.NAME, with `g` the package."""
    tree = ast.parse(inspect.getsource(geant4_slab_stack))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "g"
    }


def used_methods() -> set[str]:
    """Return the names of methods that geant4_slab_stack calls or overrides, of whatever class."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(geant4_slab_stack))))
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return {"__init__", "__iter__"} | called | {n.name for n in nodes if isinstance(n, ast.FunctionDef)}


def describe(stub: str) -> dict[str, Any]:
    """Return the used part of a stub file: {name: description}, None for a constant."""
    top = ast.parse(KEYWORD.sub(r"\1_:", stub)).body
    classes = {node.name: node for node in top if isinstance(node, ast.ClassDef)}
    constants = {n.target.id for n in top if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    found: dict[str, Any] = {}
    methods = used_methods()
    wanted = sorted(used_names() | set(RETURNED))
    while wanted:
        name = wanted.pop()
        if name in classes:
            found[name] = _class(classes[name], methods)
            wanted += [base for base in found[name]["bases"] if base not in found]
        elif name in constants:
            found[name] = None
    return dict(sorted(found.items()))


def _class(node: ast.ClassDef, used: set[str]) -> dict[str, Any]:
    methods: dict[str, Any] = {}
    attributes = []
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            if part.target.id == "__hash__":
                continue  # None where there is __eq__
            attributes.append(part.target.id)
        if not isinstance(part, ast.FunctionDef) or part.name not in used:
            continue
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in part.decorator_list)
        most = len(part.args.args) - (not static)
        method = methods.setdefault(part.name, {"static": static, "returns": "None", "arguments": []})
        method["returns"] = ast.unparse(part.returns) if part.returns else "None"
        method["arguments"].append([most - len(part.args.defaults), most])
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return {"bases": bases, "attributes": attributes, "methods": methods}


def of_the_installed_package() -> dict[str, Any]:
    """Return version and description of the installed package."""
    package = distribution("geant4-pybind")
    stub = Path(str(package.locate_file("geant4_pybind.pyi"))).read_text()
    return {"package": "geant4-pybind", "version": package.version, "names": describe(stub)}


if __name__ == "__main__":
    told = of_the_installed_package()
    lines = [f" {json.dumps(name)}: {json.dumps(about)}" for name, about in told.pop("names").items()]
    head = json.dumps(told).removesuffix("}")
    RECORDED.write_text(f'{head}, "names": {{\n' + ",\n".join(lines) + "\n}}\n")
