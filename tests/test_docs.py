"""What README and docs/ say: links lead somewhere, and the worked example runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
PAGES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_every_page_is_found_from_the_readme() -> None:
    seen, waiting = set(), [TOP / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for link in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text("utf-8")):
            target = (page.parent / link).resolve()
            if target not in seen and target.parent == TOP / "docs":
                waiting.append(target)
    assert {page.name for page in PAGES} == {page.name for page in seen}


def test_the_worked_example_is_a_scenario(tmp_path: Path) -> None:
    from simkit.scenario import load_scenario

    text = (TOP / "README.md").read_text("utf-8")
    path = tmp_path / "my.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", text, re.S)[1])  # type: ignore[index]
    command = re.search(r"simkit compare my.toml my.toml\+(\S+)", text)[1]  # type: ignore[index]
    scenario = load_scenario(path, with_speedups=[command])
    assert scenario.geometry.layers == 60


def test_the_short_scenario_builds_on_its_preset(tmp_path: Path) -> None:
    from simkit.scenario import load_scenario

    text = (TOP / "docs" / "scenarios.md").read_text("utf-8")
    path = tmp_path / "thin.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", text, re.S)[1])  # type: ignore[index]
    settings = re.findall(r"`--set ([a-z]\S+=\S+)`", text)
    scenario = load_scenario(path, overrides=settings)
    assert (scenario.name, scenario.geometry.layers, len(settings)) == ("thin-gaps", 50, 2)


def test_the_sketch_of_a_policy_books_what_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from simkit import tally as module

    text = (TOP / "docs" / "how-to-add.md").read_text("utf-8")
    sketch = next(part for part in re.findall(r"```python\n(.*?)```", text, re.S) if "AT_START" in part)
    booked: list[tuple[int, float]] = []
    monkeypatch.setattr(module, "count", lambda *arguments: None)
    monkeypatch.setattr(
        module, "book", lambda tally, slot, entry, energy, weight: booked.append((entry, energy))
    )
    names: dict[str, object] = {"__name__": "sketch"}
    exec(sketch, names)
    begins, params = names["begins"], names["FaintParams"](2.0)  # type: ignore[operator]
    track = SimpleNamespace(energy=1.0, slot=0, weight=1.0)
    assert begins(params, None, track) is False  # type: ignore[operator]
    assert booked == [(module.KILLED, 1.0)]


def test_the_file_of_an_addition_is_a_plug_in(tmp_path: Path) -> None:
    """In a process of its own: what it adds stays there."""
    text = (TOP / "docs" / "how-to-add.md").read_text("utf-8")
    path = tmp_path / "added.py"
    path.write_text("\n".join(re.findall(r"```python\n(.*?)```", text, re.S)))
    code = (
        "import sys; from simkit.plugins import add_file; add_file(sys.argv[1])\n"
        "from simkit.scenario import load_scenario\n"
        "overrides = {'tracking.faint.below_MeV': 1.0, 'events.particle': 'tau-'}\n"
        "scenario = load_scenario('testem3', overrides=overrides)\n"
        "print(scenario.tracking.faint.below_MeV, scenario.events.particle)\n"
    )
    words = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | {"SIMKIT_PLUGINS": ""})
    assert done.stdout.split() == ["1.0", "tau-"], done.stderr
