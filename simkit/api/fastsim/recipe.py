"""Recipes: the steps from a detector to a judged model, as a TOML file, one table a step, in its order.

[recipe] base = "splice" builds on a packaged recipe. Finished steps are not done again: the same command goes
on with the first that is not finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from simkit.api.fastsim.steps import STEPS, DataStep, RecipeWork, Step, check_steps
from simkit.api.fastsim.train import PLACE
from simkit.api.progress import Progress
from simkit.errors import BadInput, unknown
from simkit.reading import parse_toml, read_json, read_toml
from simkit.record.folder_lock import locked
from simkit.scenario.merge import merge_tables, parse_assignment, set_key
from simkit.writing import write_text

RECIPES = files("simkit.api.fastsim") / "recipes"
STATE = "recipe.json"


def recipe_names() -> list[str]:
    """Return the names of the packaged recipes."""
    return sorted(
        path.name.removesuffix(".toml") for path in RECIPES.iterdir() if path.name.endswith(".toml")
    )


def follow(
    recipe: Path | str,
    out: Path | str | None = None,
    seed: int = 1,
    set: Mapping[str, Any] | Sequence[str] = (),
    progress: Progress = False,
) -> dict[str, Path]:
    """Follow a recipe, a TOML file's or a packaged one's, and return the files made by name.

    set: keys of its tables ("train.budget=5m"). Keys, files and packages are checked before the first step.
    Errors: BadInput.
    """
    tables, name = read_recipe(recipe)
    given = dict(set.items() if isinstance(set, Mapping) else map(parse_assignment, set))
    for key, value in given.items():
        if key.partition(".")[0] not in tables:
            raise unknown("step", key.partition(".")[0], tables, "--set")
        tables = set_key(tables, key, value, "--set")
    steps = {table: _step(table, keys, name) for table, keys in tables.items()}
    if not steps:
        raise BadInput(f"recipe {name}: has no steps; give it some, or a base")
    folder = Path(out) if out is not None else PLACE / name
    check_steps(list(steps.values()))
    data = [step.digest() for step in steps.values() if isinstance(step, DataStep)]
    plan = {"seed": seed, "steps": tables, "data": data}
    with locked(folder):
        done = _begun(folder, plan)
        work = RecipeWork(folder, seed, progress, {key: Path(path) for key, path in done["files"].items()})
        for table, step in steps.items():
            if table in done["done"]:
                continue
            step.run(work)
            done["done"].append(table)
            done["files"] = {key: str(path) for key, path in work.files.items()}
            write_text(folder / STATE, json.dumps(plan | done, indent=2, default=str) + "\n")
    return work.files


def read_recipe(recipe: Path | str) -> tuple[dict[str, Any], str]:
    """Return the tables of a recipe, and its name. Errors: BadInput."""
    path = Path(recipe)
    if path.suffix != ".toml":
        return _packaged(str(recipe), ""), str(recipe)
    tables = read_toml(path, "give a recipe's TOML file")
    about = tables.pop("recipe", {})
    if not isinstance(about, dict) or not about.keys() <= {"base"}:
        raise BadInput(f"{path}: [recipe]: found {about!r:.80}; may hold base = NAME, a packaged recipe")
    for table, keys in tables.items():
        if not isinstance(keys, dict):
            raise BadInput(f"{path}: {table} is a value; a recipe has a table for each step")
        if isinstance(keys.get("file"), str) and keys["file"]:
            keys["file"] = str(path.parent / keys["file"])
    base = _packaged(str(about["base"]), f"{path}: recipe.base") if "base" in about else {}
    return merge_tables(base, tables), path.stem


def _packaged(name: str, where: str) -> dict[str, Any]:
    if name not in recipe_names():
        raise unknown("recipe", name, recipe_names(), where)
    return parse_toml((RECIPES / f"{name}.toml").read_text("utf-8"), f"recipe {name}")


def _step(table: str, keys: Any, recipe: str) -> Step:
    if not isinstance(keys, Mapping):
        raise BadInput(f"recipe {recipe}: {table} is a value; a recipe has a table for each step")
    do = keys.get("do", table)
    known = STEPS.known()
    if not isinstance(do, str) or do not in known:
        raise unknown("step", do, known, f"recipe {recipe}: {table}.do")
    return cast(Step, known[do].read({**keys, "do": do}, table))


def _begun(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """Return what is done already, and the files made. Errors: BadInput where another recipe was followed."""
    path = folder / STATE
    if not path.exists():
        return {"done": [], "files": {}}
    found = read_json(path, "remove it to begin anew")
    if not (
        isinstance(found, dict)
        and isinstance(found.get("done"), list)
        and isinstance(files := found.get("files"), dict)
        and all(isinstance(file, str) for file in files.values())
    ):
        raise BadInput(f"{path}: does not say what is done; remove it to begin anew")
    for key, value in json.loads(json.dumps(plan, default=str)).items():
        if found.get(key) != value:
            raise BadInput(
                f"{folder}: another recipe was followed there, with other {key}; give another folder with -o"
            )
    return {"done": found["done"], "files": files}
