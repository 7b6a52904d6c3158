"""PDF and pictures come from a browser where there is one; where there is none, a clear word says so."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path

import pytest

from simkit.errors import BadInput
from simkit.report.browser import NAMES, find_browser, print_pdf, save_figures
from simkit.report.page import write_report

from .records import make_campaign, make_comparison

LAYERS = ("layers-1-gamma-general-barrel_lar", "layers-2-woodcock-outer")


def fake_browser(folder: Path, script: str, monkeypatch) -> None:
    """Make a program that stands for the browser."""
    program = folder / "browser"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("SIMKIT_CHROME", str(program))


@pytest.fixture
def page(tmp_path) -> Path:
    (tmp_path / "comparison.json").write_text(make_comparison().to_json())
    return write_report(tmp_path)


def test_without_a_browser_a_word_says_what_to_do(monkeypatch):
    monkeypatch.delenv("SIMKIT_CHROME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadInput, match=r"no Chrome or Chromium found.*apt install chromium"):
        find_browser()
    monkeypatch.setenv("SIMKIT_CHROME", "no-such-browser")
    with pytest.raises(BadInput, match=r"SIMKIT_CHROME: there is no program 'no-such-browser'"):
        find_browser()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo cannot open display >&2; exit 3", "exit code 3 .cannot open display"),
        ("exit 0", "drew nothing"),
    ],
)
def test_a_browser_that_fails_is_told_of(page, tmp_path, monkeypatch, script, message):
    fake_browser(tmp_path, script, monkeypatch)
    with pytest.raises(BadInput, match=message):
        save_figures(page, tmp_path / "figures")


def test_a_browser_that_prints_nothing_is_told_of(page, tmp_path, monkeypatch):
    fake_browser(tmp_path, "exit 0", monkeypatch)
    with pytest.raises(BadInput, match="printed nothing"):
        print_pdf(page, tmp_path / "page.pdf")


def have_browser() -> bool:
    try:
        return bool(find_browser())
    except BadInput:
        return False


@pytest.mark.skipif(not have_browser(), reason=f"none of {', '.join(NAMES)} found: nothing is printed")
def test_page_and_figures_are_printed(tmp_path):
    (tmp_path / "campaign.json").write_text(make_campaign(2).to_json())
    page = write_report(tmp_path)
    pdf = print_pdf(page, tmp_path / "page.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert pdf.stat().st_size > 50_000
    written = save_figures(page, tmp_path / "figures")
    names = {path.stem for path in written}
    # Figures of folds that are closed are drawn too.
    assert {"waterfall", "speedups", "throughput", "steps", "margins", *LAYERS} <= names
    assert sorted(os.listdir(tmp_path / "figures")) == sorted(
        f"{name}.{kind}" for name in names for kind in ("csv", "png", "svg")
    )
    svg = (tmp_path / "figures" / "speedups.svg").read_text()
    assert svg.startswith("<svg")
    for words in ("Speedup</tspan>", "atlas_like; ", "simkit "):  # it carries its title, scenario, machine
        assert words in svg
    png = (tmp_path / "figures" / "speedups.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") > 1500  # pixels across
    with open(tmp_path / "figures" / "speedups.csv", newline="") as file:
        assert [row["rung"] for row in csv.DictReader(file)] == ["gamma-general", "woodcock"]
