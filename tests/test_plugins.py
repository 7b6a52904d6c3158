"""Plug-ins: a package installed from its own pyproject, and single files."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from simkit import plugins
from simkit.cli import main
from simkit.engines import find_engine, find_foreign
from simkit.errors import BadInput
from simkit.particles import PARTICLES, add_species
from simkit.scenario import load_scenario
from simkit.speedups import Claim, Speedup, all_off, find_speedup
from simkit.transport.lives import all_lives, find_life
from simkit.transport.lives.parts import Life

PACKAGE = Path(__file__).parent / "plugin_package"
FILE = """
from simkit.speedups import Claim, Speedup
SPEEDUPS = [
    Speedup("{name}", "Thick cuts", Claim("none", "here"), lambda v: {{"physics.production_cut_mm": 0.7}},
            lambda v: {{"physics.production_cut_mm": 2.0}}, {{}}, "soft particles")
]
"""


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Leave no plug-in behind."""
    monkeypatch.setenv(plugins.VARIABLE, "")
    monkeypatch.setattr(plugins, "_loaded", {})
    plugins._entries.cache_clear()
    yield
    plugins._entries.cache_clear()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The example package, installed into a folder of its own as pip installs it."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *options, str(PACKAGE)], check=True)
    return folder


@pytest.fixture
def installed(site, monkeypatch):
    monkeypatch.syspath_prepend(str(site))
    return site


def plugin_file(folder: Path, name: str = "thick-cuts", text: str = FILE) -> Path:
    path = folder / "mine.py"
    path.write_text(text.format(name=name) if text is FILE else text)
    return path


def test_a_package_brings_a_speedup_an_engine_and_a_preset(installed, capsys):
    assert find_speedup("coarse-cuts").title == "Coarse production cuts"
    scenario = load_scenario("short-stack", with_speedups=["coarse-cuts:cut_mm=3"])
    assert (scenario.geometry.layers, scenario.physics.production_cut_mm) == (10, 3.0)
    assert find_engine("longitudinal").version == "0.1"
    assert main(["doctor", "--json"]) in (0, 4)
    found = {check["what"]: check for check in json.loads(capsys.readouterr().out)["plug-ins"]}
    expected = {"speedup coarse-cuts", "engine longitudinal", "preset short-stack", "shape ball"}
    assert set(found) == expected
    assert all(check["verdict"] == "ok" for check in found.values())


def test_an_engine_of_a_package_is_compared_and_recorded(installed, capsys):
    words = ["engine:longitudinal", "engine:longitudinal", "--scenario", "short-stack", "--rounds", "6"]
    assert main(["compare", *words, "--json"]) in (0, 3)
    record = json.loads(capsys.readouterr().out)
    assert record["a"]["engine"]["name"] == "longitudinal"
    assert record["provenance"]["versions"]["engine longitudinal"] == "package simkit-example 0.1"
    assert record["provenance"]["versions"]["preset short-stack"] == "package simkit-example 0.1"


def test_what_is_installed_besides_changes_no_baseline(installed):
    assert all_off() == [item for item in all_off() if item[0] != "physics.production_cut_mm"]
    assert ("physics.production_cut_mm", 0.7) in all_off(["coarse-cuts"])


def test_nothing_of_a_package_is_imported_before_it_is_asked_for(site):
    code = "import sys; from simkit.cli import main; main(['speedups', 'woodcock']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(site), "PATH": ""})  # fmt: skip
    assert "simkit_example" not in done.stdout
    assert "numba" not in done.stdout.split()


def test_a_file_is_used_recorded_and_named_in_the_command(tmp_path, capsys):
    path = plugin_file(tmp_path)
    words = ["run", "testem3", "-n", "1", "--with", "thick-cuts", "--plugin", str(path), "--json"]
    assert main(words) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["scenario"]["settings"]["physics"]["production_cut_mm"] == 2.0
    assert "--plugin" in record["timing"]["command"]
    assert record["engine"]["plugins"]["speedup thick-cuts"].startswith("mine.py (sha256 ")


def test_the_sources_of_plug_ins_are_known_without_importing_them(installed, tmp_path):
    path = plugin_file(tmp_path)
    plugins.add_file(path)
    names = {source.name for source in plugins.plugin_sources()}
    assert {"mine.py", "coarse_cuts.py", "longitudinal.py"} <= names


def test_what_was_used_is_hashed_with_all_that_it_imports(tmp_path, monkeypatch):
    """Shards of two codes are not mixed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("cuts_of_mine", "cuts_by_name", "cuts_later", "cuts_elsewhere"):
        (tmp_path / f"{name}.py").write_text("X = 1\n")
    (tmp_path / "cuts_of_mine.py").write_text("from cuts_elsewhere import X\n")
    ways = "import importlib\nimport cuts_of_mine\nnamed = importlib.import_module('cuts_by_name')\n"
    ways += "def later():\n    import cuts_later\n"
    path = plugin_file(tmp_path, text=ways + FILE.format(name="imports"))
    assert plugins.loaded_hash() == ""
    plugins.add_file(path)
    find_speedup("imports")
    hashes = {plugins.loaded_hash()}
    for name in ("cuts_of_mine", "cuts_by_name", "cuts_later", "cuts_elsewhere"):
        with (tmp_path / f"{name}.py").open("a") as file:
            file.write("Y = 2\n")
        hashes.add(plugins.loaded_hash())
    assert len(hashes) == 5
    assert plugins.loaded_hash() in hashes


def test_a_file_by_two_paths_is_one_file(tmp_path):
    path = plugin_file(tmp_path, name="once")
    (tmp_path / "link.py").symlink_to(path)
    for way in (path, tmp_path / "link.py", tmp_path / "." / ".." / tmp_path.name / "mine.py"):
        plugins.add_file(way)
    assert plugins._files() == [str(path.resolve())]
    find_speedup("once")


def test_two_files_that_bring_one_name_are_told_apart_by_their_paths(tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        plugins.add_file(plugin_file(folder, name="twice"))
    with pytest.raises(BadInput) as raised:
        find_speedup("twice")
    assert f"{tmp_path}/a/mine.py and by {tmp_path}/b/mine.py" in str(raised.value)


def test_a_preset_of_a_file_is_seen_from_there(tmp_path, monkeypatch):
    (tmp_path / "thin.toml").write_text('[scenario]\nbase = "testem3"\n[geometry]\nlayers = 3\n')
    plugins.add_file(plugin_file(tmp_path, text='PRESETS = {"thin": "thin.toml"}'))
    monkeypatch.chdir("/")
    assert load_scenario("thin").geometry.layers == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere_at_all", "cannot be run (ModuleNotFoundError: No module named 'nowhere_at_all')"),
        ("x = 1", "has none of SPEEDUPS, ENGINES, PRESETS, TRAINERS, STEPS, SHAPES"),
        ("SPEEDUPS = {'a': 1}", "SPEEDUPS is dict; it must be a list"),
        ("SPEEDUPS = [3]", "holds 3, which has no name"),
        ("PRESETS = ['thin.toml']", "PRESETS is list; it must be a table of names and paths"),
        ("raise SystemExit", "cannot be run"),
        ("SPEEDUPS = [", "cannot be run (SyntaxError"),
    ],
)
def test_a_bad_file_is_said_in_a_line(tmp_path, capsys, text, said):
    assert main(["speedups", "--plugin", str(plugin_file(tmp_path, text=text))]) == 4
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("1 / 0", "speedup thick-cuts: `on` cannot be run (ZeroDivisionError: division by zero); mend it"),
        ("exit(0)", "speedup thick-cuts: `on` cannot be run (SystemExit: 0); mend it"),
        ("None", "speedup thick-cuts: `on` gives None; must be {key of a scenario: value}"),
        ("{1: 2}", "speedup thick-cuts: `on` gives {1: 2}; must be {key of a scenario: value}"),
    ],
)
def test_a_patch_that_cannot_be_made_is_said_in_a_line(tmp_path, capsys, on, said):
    text = FILE.format(name="thick-cuts").replace('{"physics.production_cut_mm": 2.0}', on)
    words = ["run", "testem3", "-n", "1", "--with", "thick-cuts", "--plugin"]
    assert main([*words, str(plugin_file(tmp_path, text=text))]) == 4
    assert capsys.readouterr().err == f"simkit: {said}\n"


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\\x1b", "a:b", "x" * 41])
def test_a_name_that_cannot_be_written_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="must be called by 1 to 40 letters"):
        plugins.add_file(plugin_file(tmp_path, name))


def test_what_a_file_prints_is_no_result(tmp_path, capsys):
    path = plugin_file(tmp_path, text="print('hello')\n" + FILE.format(name="thick-cuts"))
    assert main(["speedups", "thick-cuts", "--json", "--plugin", str(path)]) == 0
    printed = capsys.readouterr()
    json.loads(printed.out)
    assert "hello" in printed.err


@pytest.mark.parametrize("name", ["nowhere.py", "."])
def test_a_file_that_is_not_there_is_said(tmp_path, capsys, name):
    assert main(["speedups", "--plugin", str(tmp_path / name)]) == 4
    assert "there is no such file to read; give a Python file" in capsys.readouterr().err


def test_a_file_of_the_environment_that_is_not_there_is_said(monkeypatch, capsys):
    monkeypatch.setenv(plugins.VARIABLE, "/nowhere/mine.py")
    assert main(["speedups"]) == 4
    assert capsys.readouterr().err.startswith("simkit: --plugin /nowhere/mine.py: there is no such file")
    with pytest.raises(BadInput, match="there is no such file"):
        list(plugins.plugin_sources())


def test_a_path_that_the_environment_cannot_hold_is_said(tmp_path):
    (tmp_path / "a:b").mkdir()
    with pytest.raises(BadInput, match="':' separates files in SIMKIT_PLUGINS; give it another path"):
        plugins.add_file(plugin_file(tmp_path / "a:b"))
    assert plugins.given_files() == []


def test_names_of_simkit_cannot_be_taken(tmp_path):
    plugins.add_file(plugin_file(tmp_path, "woodcock"))
    with pytest.raises(BadInput, match=r"'woodcock' is simkit's own, and mine\.py .* brings it too"):
        find_speedup("woodcock")


def test_two_that_bring_one_name_are_both_named(tmp_path, installed):
    plugins.add_file(plugin_file(tmp_path, "coarse-cuts"))
    with pytest.raises(BadInput, match=r"brought by package simkit-example 0\.1 and by .*/mine\.py"):
        find_speedup("coarse-cuts")


def test_what_is_brought_must_be_what_it_is_called(tmp_path):
    text = "class Thing:\n    name = 'odd'\n\nSPEEDUPS = [Thing()]\nENGINES = [Thing()]\n"
    plugins.add_file(plugin_file(tmp_path, text=text))
    with pytest.raises(BadInput, match="not a Speedup of that name"):
        find_speedup("odd")
    for find in (find_engine, find_foreign):
        with pytest.raises(BadInput, match="not an engine of that name"):
            find("odd")


def test_the_nearest_name_may_be_a_plug_ins(installed):
    with pytest.raises(BadInput, match="did you mean 'coarse-cuts'"):
        find_speedup("coarse-cut")


POLICY = """
from simkit.sections import Section
from simkit.tracking.policies import Policy
class Nothing(Section):
    pass
POLICIES = [Policy(name, Nothing, build) for name, build in (
    ("failing", lambda section, regions: 1 / 0), ("mute", lambda section, regions: (1.0,)), ("gamma", None))]
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("failing", "policy 'failing': the plug-in's cannot be built (ZeroDivisionError: division by zero)"),
        ("mute", "policy 'mute': AT_START, AT_BIRTH and AT_STEP of simkit.tracking.policies have no tuple"),
    ],
)
def test_a_broken_policy_is_said_in_a_line(tmp_path, capsys, name, said):
    words = ["run", "testem3", "-n", "1", "--plugin", str(plugin_file(tmp_path, text=POLICY))]
    assert main([*words, "--set", f"tracking.{name}={{}}"]) == 4
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_unknown_policy_is_told_from_those_of_plug_ins(tmp_path, capsys):
    words = ["run", "testem3", "-n", "1", "--plugin", str(plugin_file(tmp_path, text=POLICY))]
    assert main([*words, "--set", "tracking.falling={}"]) == 4
    assert "[tracking]: unknown key 'falling'; did you mean 'failing'?" in capsys.readouterr().err
    assert main([*words, "--set", "tracking.zzz={}"]) == 4
    assert "failing, gamma, gamma_roulette" in capsys.readouterr().err


ODD = """
from typing import NamedTuple
from simkit.sections import Section
from simkit.tracking.policies import AT_START, Policy
class Numbered(Section):
    regions: int = 0
class Unread(Section):
    x: "Nowhere" = 1
class Failing(Section):
    def problems(self):
        return 1 / 0
class Params(NamedTuple):
    x: float
AT_START[Params] = lambda policy, tally, track: True
POLICIES = [Policy(name, section, lambda section, regions: Params(1.0)) for name, section in (
    ("numbered", Numbered), ("unread", Unread), ("failing", Failing), ("schema", Numbered),
    ("model_dump", Numbered), ("_x", Numbered), ("a b", Numbered))]
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("numbered", None),
        ("unread", "policy 'unread': an annotation of Unread cannot be read (name 'Nowhere' is not defined"),
        ("failing", "policy 'failing': the plug-in's cannot be built (ZeroDivisionError: division by zero)"),
        ("schema", "policy 'schema': its name cannot be a key"),
        ("model_dump", "policy 'model_dump': its name cannot be a key"),
        ("_x", "policy '_x': its name cannot be a key"),
        ("a b", "policy 'a b': its name cannot be a key"),
    ],
)
def test_an_odd_policy_is_blamed_on_itself(tmp_path, name, said):
    plugins.add_file(plugin_file(tmp_path, text=ODD))
    if said is None:
        assert load_scenario("testem3", overrides={f"tracking.{name}": {}}).tracking.numbered.regions == 0
        return
    with pytest.raises(BadInput) as raised:
        load_scenario("testem3", overrides={f"tracking.{name}": {}})
    assert said in " ".join(str(raised.value).split())


def test_doctor_reports_a_policy_with_a_name_of_simkit(tmp_path, capsys):
    plugins.add_file(plugin_file(tmp_path, text=POLICY))
    assert main(["doctor", "--json"]) in (0, 4)
    found = {check["what"]: check for check in json.loads(capsys.readouterr().out)["plug-ins"]}
    assert found["policy mute"]["verdict"] == "ok"
    assert "simkit's own" in found["policy gamma"]["found"]


@pytest.mark.parametrize(
    ("life", "said"),
    [
        ("Life('taken', (1,), None)", "life 'taken': kind 1 is of 'electron'"),
        ("Life('nobody', (99,), None)", "life 'nobody': kind 99 is of no particle"),
    ],
)
def test_a_life_of_kinds_that_are_not_its_own_is_refused(tmp_path, life, said):
    text = f"from simkit.transport.lives.parts import Life\nLIVES = [{life}]\n"
    plugins.add_file(plugin_file(tmp_path, text=text))
    with pytest.raises(BadInput, match=said):
        list(all_lives())


@pytest.mark.parametrize("kinds", [3, (), (0.0,), ("e-",), (True,), None])
def test_kinds_of_a_life_are_a_tuple_of_kinds(monkeypatch, kinds):
    life = Life("odd", kinds, lambda parts: None)
    monkeypatch.setattr("simkit.transport.lives.find_plugin", lambda *names: life)
    with pytest.raises(BadInput, match=r"life 'odd': (its kinds are|kind .* is of)"):
        find_life("odd", {})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("", 9000001, 1.0, 0), "a species has a name"),
        (("chi", "9", 1.0, 0), "a species has a name and a PDG number"),
        (("chi", 9000001, -5.0, 0), "the mass of chi is -5.0"),
        (("chi", 9000001, float("nan"), 0), "the mass of chi is nan"),
        (("chi", 9000001, "heavy", 0), "the mass of chi is 'heavy'"),
        (("chi", 9000001, 1.0, "x"), "the charge of chi is 'x'"),
    ],
)
def test_a_species_has_numbers(values, said):
    before = list(PARTICLES)
    with pytest.raises(ValueError, match=said):
        add_species(*values)
    assert list(PARTICLES) == before


@pytest.mark.parametrize("field", ["title", "touches"])
def test_a_speedup_is_described_in_words(field):
    words = {"name": "odd", "title": "Odd", "touches": "nothing"} | {field: 5}
    with pytest.raises(BadInput, match=f"speedup odd: {field} is 5; it must be words"):
        Speedup(claim=Claim("none", "here"), off=dict, on=dict, parameters={}, **words)


def test_kinds_have_the_numbers_of_the_order_of_files_whatever_is_asked_for_first(tmp_path):
    species = "from simkit.particles import add_species\nadd_species('{0}', {1}, 1.0, 0)\nLIVES = []\n"
    files = [tmp_path / "one.py", tmp_path / "two.py"]
    for number, path in enumerate(files):
        path.write_text(species.format(path.stem, 9900 + number))
    code = (
        "from simkit.particles import PARTICLES, groups\nfrom simkit.scenario import load_scenario\n"
        "load_scenario('testem3'); print(*PARTICLES, groups())"
    )
    found = [
        subprocess.run([sys.executable, "-c", first + code], capture_output=True, text=True, check=True,
                       env={plugins.VARIABLE: ":".join(map(str, files)), "PATH": ""}).stdout
        for first in ("", "from simkit.plugins import plugins; plugins('engines')\n")
    ]  # fmt: skip
    assert found[0] == found[1]
    assert found[0].startswith(
        "gamma e- e+ mu- mu+ n pi+ pi- K+ K- p p~ pi0 K(L)0 K(S)0 n~ one two "
        "{'gamma': [0], 'charged': [1, 2, 3, 4, 6, 7, 8, 9, 10, 11], 'neutral': [5, 12, 13, 14, 15, 16, 17]}"
    )


TWO_POLICIES = """
from typing import NamedTuple
from simkit.sections import Section
from simkit.tally import COUNTERS, count
from simkit.tracking.policies import AT_START, Policy
SEEN = COUNTERS.add("seen_{0}")
class On(Section):
    on: bool = True
class Params(NamedTuple):
    on: int
def begins(policy, tally, track):
    count(tally, track.slot, SEEN, 1)
    return True
AT_START[Params] = begins
POLICY = Policy("{0}", On, lambda section, regions: Params(1))
"""
NUMBERS = """
import pickle, subprocess, sys
from simkit.particles import PARTICLES, add_species
from simkit.scenario import load_scenario
from simkit.tally import COUNTERS
if __name__ == "__main__":
    for name in sys.argv[1:]:
        scenario = load_scenario("testem3", overrides={f"tracking.{name}.on": True})
    read = "import pickle, sys; pickle.load(sys.stdin.buffer); import simkit.tally as t; print(*t.COUNTERS)"
    worker = subprocess.run([sys.executable, "-c", read], input=pickle.dumps(scenario), capture_output=True)
    print(*COUNTERS)
    print(worker.stdout.decode() or worker.stderr.decode())
"""


def test_counters_of_policies_have_the_same_numbers_in_every_process(tmp_path):
    """Whichever of two policies is asked for, and in a worker that only reads the scenario."""
    package, about = tmp_path / "two", tmp_path / "two-0.1.dist-info"
    package.mkdir(), about.mkdir()
    (package / "__init__.py").write_text("")
    for name in ("pa", "pb"):
        (package / f"{name}.py").write_text(TWO_POLICIES.format(name))
    (package / "broken.py").write_text("1 / 0")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: two\nVersion: 0.1\n")
    entries = ["broken = two.broken:POLICY", "pa = two.pa:POLICY", "pb = two.pb:POLICY"]
    (about / "entry_points.txt").write_text("\n".join(["[simkit.policies]", *entries]))
    found = set()
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "", plugins.VARIABLE: ""}
    for policies in (["pa", "pb"], ["pb"]):
        program = [sys.executable, "-c", NUMBERS, *policies]
        done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
        found |= set(filter(None, done.stdout.splitlines()))
    (names,) = found
    assert names.split()[-2:] == ["seen_pa", "seen_pb"]


def test_a_counter_of_simkit_cannot_be_taken(tmp_path):
    text = "from simkit.tally import COUNTERS\nCOUNTERS.add('tracks')\nPOLICIES = []"
    with pytest.raises(BadInput, match=r"'tracks' is a name of simkit\.tally; take its number from there"):
        plugins.add_file(plugin_file(tmp_path, text=text))


def test_a_package_brings_a_thing_under_its_own_name(tmp_path, monkeypatch):
    text = (
        "from simkit.sections import Section\nfrom simkit.tracking.policies import Policy\n"
        "from simkit.transport.lives.parts import Life\n"
        "POLICY, LIFE = Policy('mine', Section, None), Life('mine', (), None)\n"
    )
    (tmp_path / "misnamed.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    things = {"lives": "misnamed:LIFE", "policies": "misnamed:POLICY"}
    brought = {kind: (EntryPoint("yours", value, f"simkit.{kind}"),) for kind, value in things.items()}
    monkeypatch.setattr(plugins, "_entries", cache(lambda kind: brought.get(kind, ())))
    with pytest.raises(
        BadInput, match="life 'yours': it calls itself 'mine'; give it the name it is brought"
    ):
        list(all_lives())
    with pytest.raises(BadInput, match="policy 'yours': it calls itself 'mine'; give it the name"):
        load_scenario("testem3", overrides={"tracking.yours": {}})


TABLE_ONLY = """
from simkit.particles import add_species
add_species("tau+", -15, 1776.86, 1)
PRESETS = {}
"""
ASKED = """
import json, sys
from simkit.cli import main
for words in json.loads(sys.argv[1]):
    print(main(words))
    sys.stdout.flush()
    print("--", file=sys.stderr)
"""


def test_a_species_is_known_wherever_particles_are_named(tmp_path):
    """In one process: what is said of a species that no life follows."""
    given = ["--plugin", str(plugin_file(tmp_path, text=TABLE_ONLY))]
    run = ["run", "testem3", "-n", "1", *given, "--set"]
    asked = [
        ["keys", "events.particle", *given],
        [*run, "events.particle=tau-"],
        [*run, "events.particle=tau+"],
        [*run, "physics.fluctuation=['tau-']"],
        [*run, "physics.fluctuation=['tau+', 'e-']", "--set", "events.particle=tau+"],
    ]
    program = [sys.executable, "-c", ASKED, json.dumps(asked)]
    environment = {"PATH": "", plugins.VARIABLE: "", "COLUMNS": "200"}
    done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
    assert '"K(S)0", "n~", "tau+"' in done.stdout
    assert done.stdout.split()[-4:] == ["4"] * 4
    keys, unknown, followed, neutral, named = done.stderr.split("--\n")[:-1]
    assert keys == ""
    assert "events.particle: unknown value 'tau-'" in unknown
    assert "tau+" in unknown
    names = "gamma, e-, e+, mu-, mu+, n, pi+, pi-, K+, K-, p, p~, pi0, K(L)0, K(S)0, n~"
    said = f"events.particle: no life follows 'tau+'; take one of {names}, or a plug-in with a life for it"
    assert followed == named == f"simkit: {said}\n"
    assert "unknown particle 'tau-'; did you mean 'tau+'" in neutral


@pytest.mark.parametrize(
    ("life", "said"),
    [
        ("SimpleNamespace(name='odd')", "the plug-in brings namespace(name='odd'), not a"),
        ("Life('odd', (0,), None)", "kind 0 is of 'photon'; give the kinds"),
    ],
)
def test_doctor_checks_a_life_as_a_run_does(tmp_path, capsys, life, said):
    imports = "from types import SimpleNamespace\nfrom simkit.transport.lives.parts import Life\n"
    plugins.add_file(plugin_file(tmp_path, text=f"{imports}LIVES = [{life}]\n"))
    assert main(["doctor", "--json"]) in (0, 4)
    (check,) = json.loads(capsys.readouterr().out)["plug-ins"]
    assert check["verdict"] == "warn"
    assert f"life 'odd': {said}" in check["found"]
