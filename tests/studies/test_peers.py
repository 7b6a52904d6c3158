"""studies/peers.py: what it reads of HepEmShow, what it makes of the times, and how it refuses."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from simkit.errors import BadInput
from studies import peer_agreement, peers
from studies.peer_programs import HepEmShow, Simkit

OUTPUT = """
 --- Results::WriteResults ----------------------------------
 Absorber: mean Edep = 6722.95 [MeV] and  Std-dev = 309.603 [MeV]
 Gap     : mean Edep = 2571.75 [MeV] and  Std-dev = 118.499 [MeV]

 Mean number of gamma       4457.013
 Mean number of e-          7957.886
 Mean number of e+          428.902

 Mean number of e-/e+ steps 36097
 Mean number of gamma steps 40436.2
"""


def program(folder: Path, output: str, code: int = 0) -> Path:
    """Return a program that prints `output`, whatever it is asked."""
    path = folder / "HepEmShow"
    path.write_text(f"#!{sys.executable}\nprint({output!r})\nraise SystemExit({code})\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "hepem_data.json"
    path.write_text("{}")
    return path


def test_the_output_of_hepemshow(tmp_path, data):
    """The figures of its documentation (IntroAndInstall/install.rst)."""
    used, figures = HepEmShow(program(tmp_path, OUTPUT), data).run(3, 1)
    assert 0.0 < used < 10.0
    assert figures == {
        "absorber_MeV": 6722.95,
        "absorber_sd_MeV": 309.603,
        "gap_MeV": 2571.75,
        "gap_sd_MeV": 118.499,
        "gamma": 4457.013,
        "e-": 7957.886,
        "e+": 428.902,
        "steps_charged": 36097.0,
        "steps_gamma": 40436.2,
    }


def test_a_program_that_fails_is_told(tmp_path, data):
    with pytest.raises(BadInput, match="exit code 3"):
        HepEmShow(program(tmp_path, OUTPUT, 3), data).run(3, 1)
    with pytest.raises(BadInput, match="no absorber_MeV"):
        HepEmShow(program(tmp_path, "hello"), data).run(3, 1)


class Fake:
    """A program of known cost: 0.3 s to start, then so many seconds an event."""

    version = "fake"
    program_hash = data_hash = 64 * "0"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def run(self, events: int, seed: int) -> tuple[float, dict[str, float]]:
        """Return the cost, a hundredth more or less from seed to seed."""
        return 0.3 + events * self.seconds * (1.0 + 0.01 * (-1) ** seed), {"steps_gamma": 40000.0 + seed % 7}


def test_start_up_is_in_no_ratio(tmp_path, data, monkeypatch):
    monkeypatch.setattr(peers, "HepEmShow", lambda *_: Fake(0.05))
    monkeypatch.setattr(peers, "Simkit", lambda speedups, _: Fake(0.01 if speedups else 0.02))
    arguments = [
        "peers",
        "--hepemshow",
        "x",
        "--data",
        str(data),
        "--rounds",
        "6",
        "--out",
        str(tmp_path / "out"),
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    assert peers.main() == 0
    record = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert record["ratios"]["boundary/hepemshow"]["value"] == pytest.approx(0.4)
    assert record["ratios"]["woodcock/hepemshow"]["hi"] == pytest.approx(0.2)
    assert record["programs"]["woodcock"]["cpu_ms_per_event"] == pytest.approx(10.0, rel=1e-3)
    assert len(record["rounds"]) == 6
    assert "| boundary/hepemshow | 0.4000 |" in next((tmp_path / "out").glob("*.md")).read_text()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "--hepemshow PATH"),
        (["--hepemshow", "/none", "--data", "x.json"], "there is no program"),
        (["--hepemshow", sys.executable, "--data", "/none.json"], "there is no JSON file"),
        (["--hepemshow", "x", "--data", "y", "--rounds", "2"], "at least 6 rounds"),
    ],
)
def test_bad_input_is_one_line(arguments, word, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["peers", *arguments])
    assert peers.main() == 4
    found = capsys.readouterr()
    assert word in found.err
    assert found.err.count("\n") == 1
    assert found.out == ""


def test_the_first_events_of_a_seed_are_always_the_same():
    """So that the cost of the first few can be taken off that of many."""
    side = Simkit(())
    _, two = side.run(2, 5)
    _, one = side.run(1, 5)
    _, again = side.run(2, 5)
    assert two == again
    assert one["steps_gamma"] < 2.0 * two["steps_gamma"]
    assert (2.0 * two["steps_gamma"] - one["steps_gamma"]) % 1.0 == 0.0


def batches(shift: float) -> peer_agreement.Batches:
    """Return ten batches whose deposits spread by `shift` about 100, two layers of 30 and 70 MeV."""
    values = 100.0 + shift * np.tile([-1.0, 1.0], 5)
    printed = dict.fromkeys(peer_agreement.MEANS, 1.0)
    layers = {"deposit": np.array([30.0, 70.0]), "charged_track": np.array([2.0, 3.0])}
    spreads = {"absorber_sd_MeV": 0.0, "gap_sd_MeV": 3.0, "gap_MeV": 50.0}
    return [({**printed, **spreads, "absorber_MeV": value}, layers) for value in values]


def test_agreement_means_spreads_and_errors():
    found = peer_agreement.estimates(batches(2.0))
    # the standard error of a mean of ten values with a sample variance of 40 / 9
    assert found["absorber_MeV"] == pytest.approx((100.0, (40.0 / 9.0 / 10.0) ** 0.5))
    assert found["absorber_sd_MeV"][0] == pytest.approx(2.0)  # all of it between the batches
    assert found["gap_sd_MeV"] == pytest.approx((3.0, 0.0), abs=1e-6)  # all of it within them
    assert found["mean_depth_layers"][0] == pytest.approx(1.7)
    assert found["charged_track_mm"][0] == 5.0
    row = peer_agreement.compare({"e-": (103.0, 0.6)}, {"e-": (100.0, 0.8)})["e-"]
    assert (row["deviation"], row["standard_error"], row["sigma"]) == pytest.approx((0.03, 0.01, 3.0))


def test_a_photoelectron_of_the_k_shell_alone():
    side = Simkit(())
    _, every = side.run(4, 5)
    side.leave_one_shell()
    _, one = side.run(4, 5)
    assert one["e-"] < 0.995 * every["e-"]  # 1.6 % fewer: the L shell of lead and tungsten
    printed, layers = side.run_with_layers(4, 5)
    assert printed == one
    assert layers["deposit"].sum() == pytest.approx(one["absorber_MeV"] + one["gap_MeV"], rel=1e-9)
    assert layers["deposit"].shape == (50,)
