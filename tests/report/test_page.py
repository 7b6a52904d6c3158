"""The page holds what the record says, loads nothing, and comes whole or not at all."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from simkit.errors import BadInput
from simkit.record.campaign import Campaign
from simkit.report.page import write_report

from .records import LAYERS, SENSITIVE, make_campaign, make_comparison
from .runs import make_hadrons, make_result, make_seeing_less

RECORDS = {
    "cumulative": ("campaign.json", make_campaign),
    "one at a time": ("campaign.json", lambda: make_campaign(mode="one-at-a-time")),
    "nothing finished": ("campaign.json", lambda: make_campaign(0)),
    "comparison": ("comparison.json", make_comparison),
    "run": ("result.json", make_result),
    "hadrons": ("result.json", make_hadrons),
}


class Elements(HTMLParser):
    """Collects elements with their attributes, texts of cells by row, and the CSV files."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.figures: dict[str, dict] = {}
        self._open: list[str] = []
        self._json = False
        self.text = page.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._json = tag == "script" and ("type", "application/json") in attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._json and self._open[-1] == "script":
            name = [a["id"] for t, a in self.elements if t == "figure"][-1]
            self.figures[str(name).removeprefix("figure-")] = json.loads(data)
        elif any(tag in ("td", "th") for tag in self._open):
            self.rows[-1][-1] = " ".join((self.rows[-1][-1] + " " + data).split())

    def row(self, name: str) -> list[str]:
        """Return the first row whose first cell starts with `name`."""
        return next(row for row in self.rows if row and row[0].split(" ")[0] == name)

    def downloads(self) -> dict[str, str]:
        """Return the files that the page carries, by name."""
        out = {}
        for tag, attributes in self.elements:
            if tag == "a" and "download" in attributes:
                head, _, body = str(attributes["href"]).partition(",")
                content = base64.b64decode(body).decode() if head.endswith("base64") else unquote(body)
                out[str(attributes["download"])] = content
        return out

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of the figure's CSV."""
        return list(csv.DictReader(io.StringIO(self.downloads()[f"{name}.csv"])))


@pytest.fixture(scope="module")
def page_of(tmp_path_factory) -> Callable[[str], Elements]:
    """Return a function that gives the page of a kind of record, made once."""

    @cache
    def make(kind: str) -> Elements:
        file, record = RECORDS[kind]
        folder = tmp_path_factory.mktemp("report")
        (folder / file).write_text(record().to_json())
        return Elements(write_report(folder))

    return make


@pytest.mark.parametrize("kind", RECORDS)
def test_it_loads_nothing_from_outside(page_of, kind):
    page = page_of(kind)
    assert page.text.count("* plotly.js v") == 1
    for tag, attributes in page.elements:
        assert tag not in ("img", "iframe", "object", "embed", "audio", "video", "base", "form")
        assert "src" not in attributes
        if "href" in attributes:
            assert str(attributes["href"]).startswith(("#", "data:"))
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize("kind", RECORDS)
def test_every_figure_has_its_data_and_every_link_a_target(page_of, kind):
    page = page_of(kind)
    assert page.figures
    for name in page.figures:
        assert page.table(name)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    anchors = [str(a["href"]) for t, a in page.elements if t == "a" and str(a["href"]).startswith("#")]
    assert anchors
    assert {anchor[1:] for anchor in anchors} <= set(ids)


def test_the_opening_table_gives_the_record(page_of):
    page = page_of("cumulative")
    rung = make_campaign().rungs[1]
    own, total = rung.against_previous.speedup, rung.against_baseline.speedup
    cells = page.row("woodcock")
    assert cells[1] == f"{own.value:.3f} {own.lo:.3f} to {own.hi:.3f}"
    assert cells[2] == f"{total.value:.3f} {total.lo:.3f} to {total.hi:.3f} physics: pass"
    assert cells[3] == "1.11 to 1.21 10-14 % less CPU time"
    assert cells[4] == "gamma 2.17 charged 0.999 virtual 231,000"
    assert cells[5].startswith("✓ pass 40 % of the margin")
    assert cells[6] == "✓ faster"
    assert cells[7] == "0.96 %"
    fail = "✗ fail deposit barrel_lar: +0.93 % +0.80 to +1.06 %, margin ± 0.5 %"
    assert page.row("no-loss-fluctuation")[5] == fail


def test_the_data_are_the_numbers_of_the_record(page_of):
    page = page_of("cumulative")
    campaign = make_campaign()
    for row, rung in zip(page.table("speedups"), campaign.rungs, strict=True):
        own, total = rung.against_previous.speedup, rung.against_baseline.speedup
        assert row["rung"] == rung.name
        assert [float(row[key]) for key in ("speedup", "lo", "hi")] == [own.value, own.lo, own.hi]
        assert float(row["since_baseline"]) == total.value
    assert page.table("speedups")[1]["published_lo"] == str(1.0 / 0.9)
    shown = [float(row["shown_per_event"]) for row in page.table("throughput")]
    parts = [campaign.baseline_throughput, *(rung.throughput for rung in campaign.rungs)]
    assert shown == [part.normalised_s_per_event.value for part in parts]
    steps = {(r["configuration"], r["particle"], r["region"]): r for r in page.table("steps")}
    for rung in campaign.rungs:
        for particle, by in rung.side.steps_by.items():
            for region, n in by.items():
                assert float(steps[rung.name, particle, region]["steps_per_event"]) == n
    species = {row["name"]: float(row["MeV_per_event"]) for row in page.table("untransported")}
    assert species == campaign.baseline.untransported_MeV
    assert {row["name"] for row in page.table("outside-cuts")} == {"gamma", "pi+"}
    assert len(page.table("margins")) == sum(len(r.against_baseline.physics.rows) for r in campaign.rungs)
    assert Campaign.model_validate_json(page.downloads()["campaign.json"]) == campaign


def test_overlays_show_profiles_ratios_and_margins(page_of):
    page = page_of("cumulative")
    campaign = make_campaign()
    rung = campaign.rungs[2]
    table = page.table(f"layers-3-em-range-cuts-{SENSITIVE[0]}")
    before = campaign.baseline.layers_MeV[SENSITIVE[0]]
    rows = [
        r for r in rung.against_baseline.physics.rows if r.observable == "layer" and r.region == SENSITIVE[0]
    ]
    assert len(table) == LAYERS
    for got, row in zip(table, rows, strict=True):
        assert float(got["before_MeV"]) == before[row.layer]
        assert float(got["ratio"]) == pytest.approx(row.b / row.a)
        # The margin is 2 % of the largest layer, seen from this one.
        assert float(got["margin"]) == pytest.approx(0.02 * max(before) / before[row.layer])
        half = (row.hi90 - row.lo90) / 200.0 * max(before) / before[row.layer]
        assert float(got["ratio_hi"]) - float(got["ratio_lo"]) == pytest.approx(2.0 * half)


def test_a_campaign_without_rungs_says_so(page_of):
    page = page_of("nothing finished")
    assert "no finished rung yet" in page.text
    assert "speedups" not in page.figures


def test_an_unfinished_campaign_says_so(tmp_path):
    (tmp_path / "campaign.json").write_text(make_campaign(2).to_json())
    page = Elements(write_report(tmp_path))
    assert "has not finished" in page.text
    assert len(page.table("speedups")) == 2


def test_a_run_shows_a_fault_of_the_engine(page_of):
    page = page_of("run")
    assert next(row for row in page.rows if row[0].startswith("majorant violations"))[1] == "✗ 2"
    assert next(row for row in page.rows if row[0].startswith("lost secondaries"))[1] == "✓ 0"
    assert {row["name"] for row in page.table("outside-cuts")} == {"gamma"}


@pytest.mark.parametrize("name", ["run", "comparison"])
def test_what_a_file_of_events_holds_besides_is_said(tmp_path, name):
    file, make = RECORDS[name]
    record = make().model_dump(by_alias=True)
    found = {"events": 9, "other_weight": 3, "weights": [-1.0, 2.0]}
    for side in (record, record.get("a", {})):
        side |= {"untransported_MeV": {}, "outside_cuts_MeV": {}, "not_simulated": found}
    if name != "run":
        for key in ("untransported_MeV", "outside_cuts_MeV", "not_simulated"):
            del record[key]
    (tmp_path / file).write_text(json.dumps(record))
    text = write_report(tmp_path).read_text()
    assert "Event weights are not used: 3 of 9 events have one other than 1 (weights from -1 to 2)." in text
    assert "Every particle was transported" not in text


@pytest.mark.parametrize("name", ["run", "comparison"])
@pytest.mark.parametrize(("commit", "shown"), [("0123abcd+", "0123abcd+"), ("", "unknown")])
def test_the_page_names_the_commit(tmp_path, name, commit, shown):
    file, make = RECORDS[name]
    record = make().model_dump(by_alias=True)
    (record["engine"] if file == "result.json" else record["provenance"]["versions"])["commit"] = commit
    (tmp_path / file).write_text(json.dumps(record))
    text = write_report(tmp_path).read_text()
    assert re.search(rf">commit</\w+>\s*<\w+[^>]*>{re.escape(shown)}<", text)


def test_a_profiled_run_shows_where_the_time_goes(tmp_path):
    record = make_result().model_dump(by_alias=True)
    record["timing"]["by"] = {"gamma": {"tracker": 0.25, "outer": 0.25}, "e-": {"outer": 0.5}}
    (tmp_path / "result.json").write_text(json.dumps(record))
    rows = Elements(write_report(tmp_path)).table("cpu")
    ms = {(row["particle"], row["region"]): float(row["cpu_ms_per_event"]) for row in rows}
    assert ms["gamma", "tracker"] == pytest.approx(0.25 * 3100.0)
    assert ms["e-", "tracker"] == 0.0
    assert sum(ms.values()) == pytest.approx(3100.0)


def test_a_run_with_hadrons_has_bars_of_families_and_lines_of_species(page_of):
    record, page = make_hadrons(), page_of("hadrons")
    for name in ("steps", "cpu", "deposits-by-particle", "secondaries-by-particle"):
        assert page.figures[name]["layout"]["yaxis"]["ticktext"] == [
            *("gamma", "e-", "e+", "muons", "charged mesons", "protons", "neutrons", "neutral kaons")
        ]
        assert {row["particle"] for row in page.table(name)} == set(record.steps_by)
    assert "Toy hadron model" in page.text
    assert "Toy hadron model" not in page_of("run").text
    (line,) = (row for row in page.rows if row and row[0].split()[:1] == ["pi-"])
    assert " ".join(line[0].split()) == "pi- charged mesons"
    assert line[1:3] == ["4.150", "83.00"]


def test_a_page_says_what_a_readout_does_not_see(tmp_path):
    record = make_seeing_less()
    (tmp_path / "result.json").write_text(record.to_json())
    page = Elements(write_report(tmp_path))
    (region,) = record.visible_MeV
    assert [region, "3500", "40.50", "1000", "11.50"] in [
        [row[0], row[1].split()[0].replace(",", ""), *(n.replace(",", "") for n in row[2:])]
        for row in page.rows
    ]
    assert f"Layers of {region}, visible" in (tmp_path / "report.html").read_text("utf-8")


def test_a_page_says_what_a_field_took(tmp_path, page_of):
    """Of a run by charged step; of a comparison as a column of why, which others do not have."""
    counters = {"field_evaluations": 9e6, "field_substeps": 1e6, "qss_events_x": 2e6, "loopers": 0.5}
    run, comparison = make_result(), make_comparison()
    run.counters |= {name: round(10 * n) for name, n in counters.items()}
    charged = [
        sum(sum(side.steps_by[particle].values()) for particle in ("e-", "e+"))
        for side in (comparison.a, comparison.b)
    ]
    for side, factor in ((comparison.a, 1.0), (comparison.b, 0.25)):
        side.counters_per_event |= {name: n * factor for name, n in counters.items()}
    (tmp_path / "result.json").write_text(run.to_json())
    text = " ".join(re.sub("<[^>]*>", " ", Elements(write_report(tmp_path)).text).split())
    assert f"In the field, a charged step field evaluations {9e6 / charged[0]:.1f} field substeps" in text
    assert "loopers, an event 0.500" in text
    assert "qss events x quanta that the position's x went through 20,000,000" in text.replace("&#39;", "'")
    (tmp_path / "comparison.json").write_text(comparison.to_json())
    page = Elements(write_report(tmp_path / "comparison.json"))
    ratio = 4.0 * charged[1] / charged[0]
    names = next(row for row in page.rows if "field evaluations" in row)
    (cells,) = (row for row in page.rows if len(row) == len(names) and row[1] and row[-1].endswith("231,000"))
    assert cells[names.index("field evaluations")] == (
        f"× {ratio:.3f} {9e6 / charged[0]:.1f} → {2.25e6 / charged[1]:.1f}"
    )
    assert not any("field evaluations" in row for row in page_of("comparison").rows)


def test_profiled_sides_show_where_the_time_goes_and_is_saved(tmp_path):
    record = make_comparison().model_dump(by_alias=True)
    for side in ("a", "b"):
        record[side]["time_by"] = {"gamma": {"outer": 0.75}, "e-": {"outer": 0.25}}
    record["attribution"]["time_saved_by"] = {"gamma": {"outer": 0.12}, "e-": {"outer": -0.01}}
    (tmp_path / "comparison.json").write_text(json.dumps(record))
    page = Elements(write_report(tmp_path))
    rows = [float(row["cpu_ms_per_event"]) for row in page.table("cpu")]
    assert rows == pytest.approx([2325.0, 775.0, 0.871 * 2325.0, 0.871 * 775.0])
    assert any("gamma in outer 12 % of the CPU time saved" in row for row in page.rows)


def test_the_page_says_why_there_is_no_energy(tmp_path):
    """Of a comparison's sides once, and of a run."""
    used = {"parts": [], "not_available": "no powercap here"}
    comparison, run = (make().model_dump(by_alias=True) for make in (make_comparison, make_result))
    comparison["a"]["energy_used"] = comparison["b"]["energy_used"] = run["timing"]["energy_used"] = used
    for name, record in (("comparison", comparison), ("result", run)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.json").write_text(json.dumps(record))
        assert Elements(write_report(tmp_path / name)).text.count("not told: no powercap here") == 1


def test_names_are_text_and_never_markup(tmp_path):
    nasty = "</script><img src=x onerror=alert(1)>&\"'"
    campaign = make_campaign(2, names={"woodcock": nasty})
    (tmp_path / "campaign.json").write_text(campaign.to_json())
    page = Elements(write_report(tmp_path))
    assert "<img" not in page.text
    assert [tag for tag, _ in page.elements].count("script") == len(page.figures) + 2
    assert page.table("speedups")[1]["rung"] == nasty
    assert page.row("</script><img")[0].startswith(nasty)


def test_rungs_of_one_name_are_told_apart(tmp_path):
    names = {"gamma-general": "baseline", "woodcock": "baseline"}
    (tmp_path / "campaign.json").write_text(make_campaign(2, names=names).to_json())
    page = Elements(write_report(tmp_path))
    assert [row["rung"] for row in page.table("speedups")] == ["baseline (1)", "baseline (2)"]


def test_the_page_lands_beside_the_record_or_where_asked(tmp_path):
    (tmp_path / "comparison.json").write_text(make_comparison().to_json())
    assert write_report(tmp_path) == tmp_path / "report.html"
    assert write_report(tmp_path / "comparison.json") == tmp_path / "comparison.html"
    assert write_report(tmp_path, tmp_path / "x.html") == tmp_path / "x.html"


def _wrong_version(text: str) -> str:
    return text.replace("simkit.comparison/1", "simkit.comparison/0")


BROKEN = {
    "truncated": (lambda text: text[: len(text) // 2], "not complete JSON"),
    "not JSON": (lambda text: "hello", "not complete JSON"),
    "a list": (lambda text: "[1, 2]", "has no schema"),
    "another schema": (lambda text: '{"schema": "asv/1"}', "has the schema 'asv/1'"),
    "another version": (_wrong_version, "this version reads 'simkit.comparison/1'"),
    "a key is missing": (lambda text: text.replace('"blocks"', '"blocs"'), "speedup.blocks"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_record_is_refused_in_one_line(tmp_path, how):
    spoil, message = BROKEN[how]
    (tmp_path / "comparison.json").write_text(spoil(make_comparison().to_json()))
    with pytest.raises(BadInput) as error:
        write_report(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "report.html").exists()


def test_a_folder_without_a_record_is_refused(tmp_path):
    with pytest.raises(BadInput, match="there is no folder"):
        write_report(tmp_path / "nowhere")
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(BadInput, match="--resume"):
        write_report(tmp_path)
    (tmp_path / "plan.json").unlink()
    with pytest.raises(BadInput, match=r"holds none of campaign\.json"):
        write_report(tmp_path)


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "comparison.json").write_text(make_comparison().to_json())
    (tmp_path / "report.html").write_text("old")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(BadInput, match="No space left"):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["comparison.json", "report.html"]


def test_many_regions_share_the_colours_there_are(tmp_path):
    text = make_result().model_dump(by_alias=True)
    text["steps_by"] = {"gamma": {f"region_{i}": float(10 * i) for i in range(1, 13)}}
    (tmp_path / "result.json").write_text(json.dumps(text))
    page = Elements(write_report(tmp_path))
    bars = {bar["name"]: bar["x"][0] for bar in page.figures["steps"]["data"]}
    assert len(bars) == 8
    assert bars["region_12"] == 120.0
    assert bars["5 other regions"] == sum(10.0 * i for i in range(1, 6))
    assert len(page.table("steps")) == 12
