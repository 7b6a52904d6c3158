"""The page in a real browser: no console error, every figure drawn, nothing wider than a phone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from simkit.api.fastsim.table import table
from simkit.report.page import write_report
from tests.fastsim.model_records import evaluation, generation, put

from .records import make_campaign
from .test_interactions_page import make_campaign_with_all
from .validations import make_validation

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
OPTIONS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
OPTIONS += [
    "--enable-logging=stderr",
    "--v=0",
    "--virtual-time-budget=20000",
    "--allow-file-access-from-files",
]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome found: the page is not opened")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "campaign.json").write_text(make_campaign().to_json())
    return write_report(folder)


def opened(page: Path, profile: Path, *options: str) -> tuple[str, list[str]]:
    """Return the document after its scripts ran, and what the console said."""
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={profile}", *options, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("options", [(), ("--blink-settings=preferredColorScheme=0",)], ids=["light", "dark"])
def test_every_figure_in_sight_is_drawn_without_a_complaint(page, tmp_path, options):
    document, console = opened(page, tmp_path, *options)
    assert console == []
    figures = document.count("<figure ")
    # One fold of the physics is open, the figures of the four others wait.
    assert document.count('class="plot-container') == figures - 4 * 2
    body = document.partition("<main>")[2].partition("<footer>")[0]
    assert "var(--" not in re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)


def test_a_ladder_of_interactions_is_drawn_without_a_complaint(tmp_path):
    (tmp_path / "campaign.json").write_text(make_campaign_with_all("interactions").to_json())
    document, console = opened(write_report(tmp_path), tmp_path / "profile")
    assert console == []
    # The figures of six folds of the physics wait.
    assert document.count('class="plot-container') == document.count("<figure ") - 6 * 2


def test_a_validation_is_drawn_without_a_complaint(tmp_path):
    (tmp_path / "validation.json").write_text(make_validation().to_json())
    document, console = opened(write_report(tmp_path), tmp_path / "profile")
    assert console == []
    # Of a section's folds the first is open: the figure of the samples waits.
    assert document.count('class="plot-container') == document.count("<figure ") - 1 == 3


def test_a_table_of_models_is_drawn_without_a_complaint(tmp_path):
    frozen = put(tmp_path / "frozen", evaluation((0.61, 0.6)), generation("frozen-library", 0.08))
    mine = put(tmp_path / "mine", evaluation((0.56, 0.58)), generation("mine"))
    document, console = opened(table(frozen, mine, out=tmp_path / "out").page, tmp_path / "profile")
    assert console == []
    assert document.count('class="plot-container') == document.count("<figure ") == 2


CLICKS = """
let page;
const shown = (selector) => [...page.querySelectorAll(selector)].filter((one) => one.offsetHeight).length;
const labels = (name) => page.querySelectorAll(`#figure-${name} .ytick text`).length;
const seen = () => [
  shown("#answer ~ .scroll tbody tr"), shown("details"), labels("speedups"), labels("steps"),
  page.querySelector("#figure-steps .plot").clientHeight,
].join(" ");
const chip = (key) => page.querySelector(`[data-filter="${key}"]`).click();
document.querySelector("iframe").addEventListener("load", () => setTimeout(() => {
  page = document.querySelector("iframe").contentDocument;
  page.querySelector("#filter").click();
  const said = [seen()];
  chip("entry woodcock");
  setTimeout(() => {
    said.push(seen());
    chip("particle e+");
    setTimeout(() => {
      said.push(seen());
      page.querySelectorAll(".all").forEach((all) => all.click());
      setTimeout(() => {
        said.push(seen());
        document.querySelector("p").textContent = `said ${said.join("; ")}.`;
      }, 1500);
    }, 1500);
  }, 1500);
}, 4000));
"""


def test_filters_take_rows_folds_and_parts_of_figures_out(page, tmp_path):
    frame = page.with_name("filters.html")
    frame.write_text(
        f'<iframe src="{page.name}" style="width:1200px;height:3000px"></iframe><p></p>'
        f"<script>{CLICKS}</script>"
    )
    document, console = opened(frame, tmp_path)
    assert console == []
    found = re.search(r"said (.*?)\.", document)
    assert found is not None
    before, less, fewer, again = ([int(n) for n in part.split()] for part in found[1].split("; "))
    # Five rungs and the baseline: rows, folds (those of the claims too), names, three bars each.
    assert before[:4] == [6, 6, 5, 18]
    assert less[:4] == [5, 5, 4, 15]
    assert fewer[:4] == [5, 5, 4, 10]
    assert before[4] > less[4] > fewer[4]
    assert again == before


@pytest.mark.parametrize("record", [make_campaign, make_validation], ids=["campaign", "validation"])
def test_a_phone_needs_no_sideways_scrolling(record, tmp_path):
    # A frame of a phone's width: the window itself cannot be made that narrow.
    (tmp_path / f"{record.__name__.removeprefix('make_')}.json").write_text(record().to_json())
    page = write_report(tmp_path)
    frame = page.with_name("phone.html")
    frame.write_text(
        f'<iframe src="{page.name}" style="width:390px;height:3000px"></iframe><p></p>'
        "<script>const frame = document.querySelector('iframe');"
        "frame.addEventListener('load', () => setTimeout(() => { const d = frame.contentDocument;"
        "document.querySelector('p').textContent ="
        "`width ${d.documentElement.scrollWidth} drawn ${d.querySelectorAll('.plot-container').length}`;"
        "}, 4000))</script>"
    )
    document, console = opened(frame, tmp_path)
    assert console == []
    found = re.search(r"width (\d+) drawn (\d+)", document)
    assert found is not None
    assert int(found[1]) <= 390
    assert int(found[2]) >= 3
