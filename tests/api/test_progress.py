"""Progress: a bar on a terminal, a line a minute elsewhere, never on stdout."""

from __future__ import annotations

import time

import pytest

from simkit.api import progress
from simkit.api.progress import shown


@pytest.mark.parametrize("terminal", [True, False])
def test_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.02)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    monkeypatch.setenv("TERM", "dumb")  # a terminal that can draw no bar
    err = ""

    def wait_for(line: str) -> None:
        nonlocal err
        begin = time.monotonic()
        while line not in err.splitlines() and time.monotonic() - begin < 10.0:
            time.sleep(0.01)
            printed = capsys.readouterr()
            assert printed.out == ""
            err += printed.err
        assert line in err.splitlines()

    with shown(True, "compiling") as tell:
        assert tell is not None
        wait_for("simkit: compiling: 0% done after 0 min")
        tell(0.25, "testem3")
        wait_for("simkit: testem3: 25% done after 0 min")
        tell(1.0, "counting instructions")
        wait_for("simkit: counting instructions, the last part, after 0 min")
    time.sleep(0.05)
    capsys.readouterr()
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_short_work_prints_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(True, "testem3") as tell:
        assert tell is not None
        tell(1.0, "testem3")
    assert capsys.readouterr().err == ""


def test_nobody_who_asked_for_none_is_told() -> None:
    with shown(False, "testem3") as tell:
        assert tell is None
