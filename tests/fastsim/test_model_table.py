"""`simkit fastsim table`: models in one table, what cannot be compared, who loses, and the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import simkit
from simkit.api.fastsim.results import ModelTableResult
from simkit.api.fastsim.table import table
from simkit.api.fastsim.timing import time_model
from simkit.cli import main
from simkit.errors import BadInput
from simkit.fastsim.models.model_file import read_model
from simkit.report.figures.models import LabelledPoint, free_labels
from tests.fastsim.model_records import evaluation, generation, put


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("models")
    library = generation("frozen-library", 0.08, whole_showers=5400, training_s=30.0)
    put(top / "frozen", evaluation((0.61, 0.60)), library)
    put(top / "ar", evaluation((0.56, 0.58)), generation("autoregressive", 0.5), recipe=True)
    put(top / "flow", evaluation((0.9, 0.98)), generation("flow", 4.0, transport=None))
    put(top / "near", evaluation((0.615, 0.61)), None)
    put(top / "times", None, generation("gflash", 0.01))
    return top


@pytest.fixture(scope="module")
def result(models: Path) -> ModelTableResult:
    return table(*sorted(models.iterdir()), out=models.parent / "out")


def test_a_model_has_a_row_with_speed_and_figures(result: ModelTableResult) -> None:
    record = result.record
    assert [row.name for row in record.rows] == ["autoregressive", "frozen-library", "near", "flow", "gflash"]
    row = record.rows[0]
    assert (row.parameters, row.file_MB, row.training_s) == (316_000, 1.4, 5400.0)
    assert (row.ms_1.value, row.ms_100.value) == (1.0, 0.5)  # that of two threads is another
    assert row.ms_100.lo < 0.5 < row.ms_100.hi
    assert (row.transport, row.transport_scenario) == (400.0, "par04")
    assert {key: of.value for key, of in row.figures.items()} == {
        **{"auc_low": 0.56, "auc_high": 0.58, "auc_boosting": 0.58},
        **{"fpd": 0.2, "kpd": 1e-3, "chi2_ndf": 1.7, "memorisation": 1.003},
    }
    assert row.auc.value == 0.58
    assert record.truth["auc_low"].value == 0.501
    assert record.truth["chi2_ndf"].value == 1.04
    assert record.rows[-1].auc is None
    assert record.rows[2].ms_1 is None
    assert set(row.records) == {
        str(Path(row.place) / f) for f in ("evaluation/evaluation.json", "generation.json")
    }


def test_published_models_stand_beside(result: ModelTableResult) -> None:
    record = result.record
    assert (record.dataset, record.cells) == ("2", 6480)
    published = {one.model: one for one in record.published}
    assert len(published) == 18
    # Figure of the CaloChallenge's results for dataset 2, github.com/CaloChallenge/homepage.
    assert published["CaloDREAM"].auc_low == 0.53082
    assert "arXiv:2410.21611" in record.published_source


def test_who_loses_to_the_baseline_says_so(result: ModelTableResult) -> None:
    record = result.record
    assert record.baseline == "frozen-library"
    standing = {row.name: row.standing for row in record.rows}
    # 0.615 and 0.61 lie within 0.014, both scatters together.
    assert standing == {
        **{"autoregressive": "beats", "frozen-library": "baseline", "near": "level", "flow": "loses"},
        "gflash": "not judged",
    }
    assert record.notes == [
        "flow loses to frozen-library: AUC 0.980 +- 0.010, and 0.610 +- 0.010",
        "judged with 20,000 showers a class, published models with 100,000: in fewer a network finds less, "
        "so its AUC is lower",
    ]
    assert 'message="fail: loses to frozen-library"' in result.junit()
    assert "loses to frozen-library" in result.markdown()


def test_a_difference_beyond_both_scatters_is_one(tmp_path: Path) -> None:
    put(tmp_path / "frozen", evaluation((0.6, 0.6)), generation("frozen-library"))
    for name, high in (("inside", 0.6141), ("outside", 0.6142)):
        put(tmp_path / name, evaluation((0.5, high)), generation(name))
    rows = {row.name: row.standing for row in table(*sorted(tmp_path.iterdir())).record.rows}
    assert (rows["inside"], rows["outside"]) == ("level", "loses")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"showers": 5000}, "5,000 showers a class, not 20,000"),
        ({"quick": True}, "with --quick"),
        ({"bfloat16": True}, "with --bfloat16"),
        ({"threshold_MeV": 1.0}, "cells below 1 MeV are zero, not 0.01515"),
        (
            {"truth": evaluation((0.5, 0.5)).truth.model_copy(update={"sha256": "ee"})},
            "another file of truth",
        ),
    ],
)
def test_what_was_judged_otherwise_is_not_compared(tmp_path: Path, other: dict, said: str) -> None:
    put(tmp_path / "frozen", evaluation((0.6, 0.6)), generation("frozen-library"))
    put(tmp_path / "mine", evaluation((0.9, 0.9), **other), generation("mine"))
    record = table(tmp_path / "frozen", tmp_path / "mine").record
    row = record.rows[-1]
    assert (row.name, row.standing) == ("mine", "not comparable")
    assert said in row.differs[0]
    assert any(note.startswith("mine is not comparable") and said in note for note in record.notes)
    assert record.losing == []


def test_without_a_baseline_the_most_alike_are_compared(tmp_path: Path) -> None:
    for name, showers in (("a", 5000), ("b", 20_000), ("c", 20_000)):
        put(tmp_path / name, evaluation((0.6, 0.6), showers=showers), None)
    record = table(*sorted(tmp_path.iterdir())).record
    assert {row.name: bool(row.differs) for row in record.rows} == {"a": True, "b": False, "c": False}
    assert (record.showers, record.baseline) == (20_000, None)
    assert any("no evaluation of frozen-library" in note for note in record.notes)


def test_a_library_needs_three_times_as_many_showers(tmp_path: Path) -> None:
    put(tmp_path / "frozen", evaluation((0.6, 0.6)), generation("frozen-library", whole_showers=6667))
    put(tmp_path / "splice", evaluation((0.5, 0.5)), generation("splice", whole_showers=6666))
    put(tmp_path / "large", evaluation((0.5, 0.5)), generation("splice", whole_showers=9000))
    put(tmp_path / "old", evaluation((0.9, 0.9)), generation("splice", whole_showers=None))
    record = table(*sorted(tmp_path.iterdir())).record
    standing = {row.name: row.standing for row in record.rows}
    assert standing["splice (splice)"] == "beats"
    assert standing["splice (large)"] == "not comparable"
    assert (
        "frozen-library flatters itself: it holds 6,667 showers and was judged with 20,000, at least 20,001 "
        "are needed" in record.notes
    )
    assert any(note.startswith("splice (old) is a library") for note in record.notes)
    drawn = {one.name: one for one in table(*sorted(tmp_path.iterdir())).figure("speed-auc").data}
    assert drawn["splice (large)"].marker.symbol == "circle-open"
    assert drawn["splice (splice)"].marker.symbol == "circle"
    assert "splice (splice) comes nearest" in table(*sorted(tmp_path.iterdir())).line()


def test_times_of_two_machines_and_what_speaks_against_figures_are_told(tmp_path: Path) -> None:
    put(tmp_path / "a", evaluation((0.6, 0.6), notes=["few"]), generation("a", cpu="one"))
    put(tmp_path / "b", evaluation((0.6, 0.6), notes=["few"]), generation("b", cpu="two"))
    notes = table(tmp_path / "a", tmp_path / "b").record.notes
    assert "times are not comparable, of different machines: a on one; b on two" in notes
    assert "a, b: few" in notes


def test_the_record_tells_what_a_file_holds(trained) -> None:
    for name, held in (("splice", 300), ("gflash", 0)):
        record = time_model(trained(name), (1,), budget=0.1, events=0)
        assert (record.whole_showers, record.cells) == (held, 72)
        assert record.training_s == read_model(trained(name)).card.training_s


def test_it_is_kept_loaded_and_shown(result: ModelTableResult, models: Path) -> None:
    loaded = simkit.load(models.parent / "out")
    assert loaded.record == result.record
    assert loaded.models.loc["truth against truth", "auc_high"] == 0.498
    assert loaded.models.loc["flow", "standing"] == "loses"
    page = (models.parent / "out" / "report.html").read_text()
    for words in ("Speed against AUC", "loses to frozen-library", "CaloDREAM", "truth against truth"):
        assert words in page
    assert loaded.figures() == ["speed-auc", "models"]
    figure = loaded.figure("speed-auc")
    drawn = {of.name: of for of in figure.data}
    assert (drawn["flow"].x[0], drawn["flow"].y[0]) == (4.0, 0.98)
    assert drawn["flow"].error_y.array == (0.01,)
    assert len(drawn["published"].x) == 17
    assert drawn["truth against truth, here"].y == (0.501, 0.501)
    goal = figure.layout.shapes[0]
    assert (goal.x1, goal.y1) == (1.0, 0.6)


def test_the_command_prints_and_writes(
    models: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["fastsim", "table", *map(str, sorted(models.iterdir()))]
    assert main([*words, "--markdown", str(tmp_path / "table.md")]) == 0
    said = capsys.readouterr().out
    for part in (
        "autoregressive",
        "0.500 [0.485, 0.520]",
        "0.980 +- 0.010",
        "CaloVAE+INN",
        "note: flow loses",
    ):
        assert part in said
    assert "| flow" in (tmp_path / "table.md").read_text()
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "simkit.model-table/1"


def test_records_of_one_model_or_of_an_unknown_one_stand_together(tmp_path: Path) -> None:
    file = evaluation((0.5, 0.5)).generated
    for name, made, timed in (("same", "12", "12"), ("foreign", "", "12"), ("old", "12", "")):
        judged = evaluation((0.5, 0.5), generated=file.model_copy(update={"model_id": made}))
        put(tmp_path / name, judged, generation(name, model_id=timed))
    assert len(table(*sorted(tmp_path.iterdir())).record.rows) == 3


def test_bad_input_is_one_line(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    damaged = put(tmp_path / "damaged", None, generation("flow"))
    (damaged / "generation.json").write_text("{")
    changed = put(tmp_path / "changed", evaluation((0.5, 0.5)), None)
    text = (changed / "evaluation.json").read_text().replace('"cells"', '"cels"')
    (changed / "evaluation.json").write_text(text)
    small = put(tmp_path / "small", evaluation((0.5, 0.5), cells=72), None)
    two = put(tmp_path / "two", evaluation((0.5, 0.5)), generation("flow", cells=72))
    file = evaluation((0.5, 0.5)).generated.model_copy(update={"model_id": "12"})
    apart = put(tmp_path / "apart", evaluation((0.5, 0.5), generated=file), generation("flow", model_id="34"))
    for places, said in (
        ([tmp_path / "empty"], "holds no record of a model"),
        ([tmp_path / "none"], "does not exist"),
        ([models / "flow" / "generation.json"], "is no folder"),
        ([damaged], "generation.json"),
        ([changed], "damaged, or changed by hand"),
        ([models / "flow", small], "has showers of 72 cells"),
        ([two], "of 6480 cells and timed with 72"),
        ([apart], "are not of the model that was timed (flow.safetensors); give both records of one"),
        ([models / "flow", models / "flow"], "given twice"),
    ):
        assert main(["fastsim", "table", *map(str, places)]) == 4
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    with pytest.raises(BadInput, match="no folder given"):
        table()


def test_odd_numbers_and_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a`b``c", "d|e", "<script>", "[red]f[bold]", "line\nbreak", "\udcff"]
    places = [put(tmp_path / name, evaluation((0.6, 0.6)), None) for name in names]
    zero = generation("none", 0.0)
    places += [put(tmp_path / "zero", evaluation((0.6, 0.6)), zero)]
    result = table(*places, out=tmp_path / "out")
    assert "Not drawn, for want of a time at batch 100 or of both AUC:" in (
        tmp_path / "out" / "report.html"
    ).read_text("utf-8")
    assert "| <script>" not in result.markdown()
    assert r"| \[red\]f\[bold\]" in result.markdown()
    assert r"| d\|e" in result.markdown()
    assert simkit.load(tmp_path / "out").record.rows[0].figures == result.record.rows[0].figures
    foot = result.markdown().splitlines()[-1]
    assert foot.count("```") == 2  # longer than those in the name
    assert foot.endswith(" ```</sub>")
    assert main(["fastsim", "table", *map(str, places[:5])]) == 0
    shown = capsys.readouterr().out
    assert "[red]f[bold]" in shown
    file = places[0] / "evaluation.json"
    file.write_text(file.read_text().replace('"value": 0.6,', '"value": NaN,'))
    assert main(["fastsim", "table", str(places[0])]) == 4
    assert "found nan, which is no number of JSON" in capsys.readouterr().err


def test_names_command_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = "a\x1b[2Jb\u202ec\0"
    place = put(tmp_path / "odd", evaluation((0.6, 0.6), notes=[f"{odd} note"]), generation(odd))
    assert main(["fastsim", "table", str(place), "--markdown", str(tmp_path / "table.md")]) == 0
    for text in (capsys.readouterr().out, (tmp_path / "table.md").read_text("utf-8").replace("\\\\", "\\")):
        assert not {*"\x1b\u202e\0"} & {*text}
        assert "\\u202ec\\x00 note" in text


@pytest.mark.parametrize("ms", [5e-324, 1e308])
def test_a_time_beyond_all_bounds_is_not_drawn(tmp_path: Path, ms: float) -> None:
    place = put(tmp_path / "odd", evaluation((0.6, 0.6)), generation("odd", 0.5))
    file = place / "generation.json"
    file.write_text(file.read_text().replace('"value": 0.5,', f'"value": {ms!r},'))
    result = table(place, out=tmp_path / "out")
    assert result.record.rows[0].ms_100.value == ms
    assert "want of a time at batch 100" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_model_is_given_once_under_any_name(tmp_path: Path) -> None:
    recipe = put(tmp_path / "splice", evaluation((0.6, 0.6)), generation("splice"), recipe=True)
    with pytest.raises(BadInput, match=r"evaluation\.json: is the record of two folders"):
        table(recipe, recipe / "evaluation")
    (tmp_path / "link").symlink_to(recipe)
    with pytest.raises(BadInput, match="is given twice"):
        table(recipe, tmp_path / "link")
    other = put(tmp_path / "other", None, generation("other"))
    (other / "evaluation.json").symlink_to(recipe / "evaluation" / "evaluation.json")
    with pytest.raises(BadInput, match="is the record of two folders"):
        table(recipe, other)


def test_the_page_of_a_model_is_not_lost(tmp_path: Path) -> None:
    recipe = put(tmp_path / "splice", evaluation((0.6, 0.6)), generation("splice"), recipe=True)
    for out in (recipe, recipe / "evaluation", recipe / ".." / "splice"):
        with pytest.raises(BadInput, match=r"-o: .* is a model's, whose page would be lost; give another"):
            table(recipe, out=out)
    assert not list(recipe.rglob("*.html"))


def test_names_stand_where_nothing_else_is() -> None:
    points = [LabelledPoint(500.0, 100.0), LabelledPoint(505.0, 100.0), LabelledPoint(650.0, 100.0)]
    assert free_labels(points, ["first", "second", "last one"]) == [
        *("top right", "bottom right", "top left")
    ]
    crowd = [LabelledPoint(500.0, 100.0 + 3.0 * i) for i in range(30)]
    shown = free_labels(crowd, ["name"] * 30)
    assert 0 < sum(map(bool, shown)) < 15
