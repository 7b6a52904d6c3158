"""Ladders: the packaged one, what files may say, and how their mistakes are told."""

from pathlib import Path

import pytest

from simkit.bench.campaign.ladder import Head, Ladder, RungPlan, ladder_names, load_ladder
from simkit.bench.campaign.program_ladder import program_sources
from simkit.errors import BadInput

TEXT = """
[ladder]
name = "mine"
scenario = "testem3"
{head}
[[rung]]
name = "first"
with = ["gamma-general"]

[[rung]]
name = "second"
with = ["woodcock", "gamma-roulette:threshold_MeV=1"]
published = "10 %"

[[rung]]
name = "third"
with = ["gamma-roulette:threshold_MeV=2"]
"""


def ladder_of(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return load_ladder(path)


def test_the_default_ladder_fits_the_contract():
    ladder = load_ladder()
    assert "default" in ladder_names()
    assert ladder.ladder.scenario == "atlas_like"
    assert ladder.ladder.set == {"events.eta_max": 2.5}
    assert {source.scenario.engine.em for source in ladder.sources()} == {"specialised"}
    assert 1 <= len(ladder.rung) <= 5


def test_a_baseline_has_specialised_em_off_where_a_rung_names_it(tmp_path):
    named = TEXT.format(head="").replace('["gamma-general"]', '["gamma-general", "specialised-em"]')
    assert [s.scenario.engine.em for s in ladder_of(tmp_path, named).sources()][:2] == [
        "generic",
        "specialised",
    ]


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_documentation(tmp_path, number):
    page = (Path(__file__).parents[2] / "docs" / "ladders.md").read_text()
    ladder = ladder_of(tmp_path, page.split("```toml\n")[number + 1].split("```")[0])
    if number:
        assert [source.foreign for source in program_sources(ladder)] == [True, True, True]
    else:
        assert [source.label for source in ladder.sources()] == ["baseline", *(r.name for r in ladder.rung)]
        named = {*Head.model_fields, *RungPlan.model_fields, *Ladder.model_fields} - {"with_"}
        assert {key for key in named if key not in page} == set()


def test_cumulative_rungs_add_up_and_name_a_speedup_once(tmp_path):
    sources = ladder_of(tmp_path, TEXT.format(head="")).sources()
    assert [s.label for s in sources] == ["baseline", "first", "second", "third"]
    assert [s.scenario.speedups for s in sources] == [
        (),
        ("gamma-general",),
        ("gamma-general", "woodcock", "gamma-roulette:threshold_MeV=1"),
        ("gamma-general", "woodcock", "gamma-roulette:threshold_MeV=2"),
    ]
    # the baseline has everything off, whatever the preset has on
    assert sources[0].scenario.engine.gamma == "per-process"
    assert sources[3].scenario.tracking.gamma == "woodcock"


def test_one_at_a_time_rungs_stand_alone(tmp_path):
    sources = ladder_of(tmp_path, TEXT.format(head='mode = "one-at-a-time"')).sources()
    assert [s.scenario.speedups for s in sources[2:]] == [
        ("woodcock", "gamma-roulette:threshold_MeV=1"),
        ("gamma-roulette:threshold_MeV=2",),
    ]


def test_all_but_one_leaves_out_each_rung_in_turn(tmp_path):
    ladder = ladder_of(tmp_path, TEXT.format(head='mode = "all-but-one"'))
    sources = ladder.sources()
    assert [s.label for s in sources] == [
        "baseline",
        "all",
        "all but first",
        "all but second",
        "all but third",
    ]
    assert [set(s.scenario.speedups) for s in sources] == [
        set(),
        {"gamma-general", "woodcock", "gamma-roulette:threshold_MeV=2"},
        {"woodcock", "gamma-roulette:threshold_MeV=2"},
        {"gamma-general", "gamma-roulette:threshold_MeV=2"},
        {"gamma-general", "woodcock", "gamma-roulette:threshold_MeV=1"},
    ]
    assert [ladder.previous(i) for i in range(1, 5)] == [0, 0, 0, 0]
    left_out = [ladder.left_out(i) for i in range(1, 5)]
    assert [rung and rung.name for rung in left_out] == [None, "first", "second", "third"]


def test_all_but_one_needs_two_rungs(tmp_path):
    text = TEXT.format(head='mode = "all-but-one"')
    first = text[: text.index("[[rung]]", text.index("[[rung]]") + 1)]
    with pytest.raises(BadInput, match="two rungs or more"):
        ladder_of(tmp_path, first)


SETS = """
[ladder]
name = "keys"
scenario = "testem3"
{head}
[[rung]]
name = "cut"
set = {{"physics.production_cut_mm" = 1.4}}

[[rung]]
name = "cut and general"
with = ["gamma-general"]
set = {{"physics.production_cut_mm" = 2.0, "physics.step_function" = [0.5, 1.0]}}
"""


def test_rungs_set_keys_with_and_without_speedups(tmp_path):
    ladder = ladder_of(tmp_path, SETS.format(head='set = {"physics.production_cut_mm" = 1.0}'))
    base, cut, both = (source.scenario for source in ladder.sources())
    assert [s.physics.production_cut_mm for s in (base, cut, both)] == [1.0, 1.4, 2.0]
    assert [s.physics.step_function[0] for s in (base, cut, both)] == [0.2, 0.2, 0.5]
    assert [s.engine.gamma for s in (base, cut, both)] == ["per-process", "per-process", "general"]
    assert cut.speedups == ()
    assert ladder.rung[0].claim == ""


@pytest.mark.parametrize("mode", ["all-but-one", "interactions"])
def test_what_was_published_is_of_what_is_left_out(tmp_path, mode):
    """Not of the others, which a rung without it has, and not of one of all together."""
    ladder = ladder_of(tmp_path, SETS.format(head=f'mode = "{mode}"'))
    claims = [rung.claim for rung in ladder.rung]
    assert claims[0] == "" != claims[1]
    assert [ladder.claim(i) for i in range(1, len(ladder.rungs()) + 1)] == ["", *claims]


def test_rungs_that_set_keys_are_combined_like_speedups(tmp_path):
    sources = ladder_of(tmp_path, SETS.format(head='mode = "all-but-one"')).sources()
    assert [s.label for s in sources[1:]] == ["all", "all but cut", "all but cut and general"]
    assert [s.scenario.physics.production_cut_mm for s in sources] == [0.7, 2.0, 2.0, 1.4]
    one_by_one = ladder_of(tmp_path, SETS.format(head='mode = "one-at-a-time"')).sources()
    assert one_by_one[1].scenario.hash == sources[3].scenario.hash


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('"engine.gamma" = "per-process"', "gamma-general sets engine.gamma to 'general', and set sets"),
        (
            'engine = {gamma = "per-process"}',
            "gamma-general sets engine.gamma to 'general', and set sets engine",
        ),
        ('"scenario.seed" = 3', "scenario.seed must be the same for all .* move it to set of"),
        ('"events.energy_MeV" = 3.0', "events.energy_MeV must be the same for all"),
        ('"run.threads" = 2', "run.threads must be the same"),
        ('"physics.rayleih" = true', "unknown key 'rayleih'"),
    ],
)
def test_keys_that_a_rung_cannot_set(tmp_path, keys, message):
    text = SETS.format(head="").replace('"physics.production_cut_mm" = 2.0', keys)
    with pytest.raises(BadInput, match=message) as caught:
        ladder_of(tmp_path, text).sources()
    assert "\n" not in str(caught.value)


def test_a_key_may_say_what_the_speedup_says(tmp_path):
    text = SETS.format(head="").replace('"physics.production_cut_mm" = 2.0', '"engine.gamma" = "general"')
    assert ladder_of(tmp_path, text).sources()[2].scenario.engine.gamma == "general"


def test_keys_of_the_scenario_are_set(tmp_path):
    ladder = ladder_of(tmp_path, TEXT.format(head='set = {"events.energy_MeV" = 500.0}'))
    assert {s.scenario.events.energy_MeV for s in ladder.sources()} == {500.0}


def test_a_scenario_file_is_seen_from_the_ladder(tmp_path):
    (tmp_path / "own.toml").write_text('[scenario]\nbase = "testem3"\n')
    ladder = ladder_of(tmp_path, TEXT.replace('"testem3"', '"own.toml"').format(head=""))
    assert ladder.sources()[0].scenario.events.energy_MeV == 10000.0


def test_the_hash_is_of_what_is_measured(tmp_path):
    one = ladder_of(tmp_path, TEXT.format(head=""))
    assert one.hash == ladder_of(tmp_path, "# a comment" + TEXT.format(head="")).hash
    assert one.hash != ladder_of(tmp_path, TEXT.format(head='mode = "one-at-a-time"')).hash


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.format(head='modus = "cumulative"'), r"unknown key 'modus'; did you mean 'mode'"),
        (
            TEXT.format(head="").replace("with = [", "wiht = ["),
            r"\[rung\]: unknown key 'wiht'; did you mean 'with'",
        ),
        (TEXT.format(head="") + "[[rungs]]", "unknown key 'rungs'; did you mean 'rung'"),
        (TEXT.format(head='mode = "both"'), "ladder.mode: found 'both'"),
        (TEXT.format(head="").replace('["gamma-general"]', "[]"), "rung.0: give with, .* or set, "),
        (TEXT.format(head="").replace('with = ["gamma-general"]', ""), "rung.0: give with, .* or set, "),
        (TEXT.format(head="").replace('["gamma-general"]', "[]\nset = 3"), "rung.0.set: found 3"),
        (TEXT.format(head="").replace('["gamma-general"]', '"gamma-general"'), "rung.0.with"),
        ("[ladder]\nname = 'x'\nscenario = 'testem3'", "rung is missing"),
        (TEXT.format(head="") + "[[rung]]\nname = 'baseline'\nwith = ['woodcock']", "are called 'baseline'"),
        ("[ladder", "not valid TOML"),
    ],
)
def test_mistakes_in_a_file(tmp_path, text, message):
    with pytest.raises(BadInput, match=message) as caught:
        ladder_of(tmp_path, text)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_mistakes_in_what_a_ladder_names(tmp_path):
    with pytest.raises(BadInput, match="did you mean 'woodcock'"):
        ladder_of(tmp_path, TEXT.format(head="").replace("woodcock", "woodcok")).sources()
    with pytest.raises(BadInput, match="did you mean 'testem3'"):
        ladder_of(tmp_path, TEXT.format(head="").replace("testem3", "testem4")).sources()
    with pytest.raises(BadInput, match="unknown ladder 'defualt'; did you mean 'default'"):
        load_ladder("defualt")
    with pytest.raises(BadInput, match="cannot be read"):
        load_ladder(tmp_path / "absent.toml")
