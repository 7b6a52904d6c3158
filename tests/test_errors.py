"""Messages: one short line that a terminal can take, whatever was given."""

import time

import pytest

from simkit.errors import LONGEST_LINE, BadInput, shown, unknown


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("a.toml: found 3; correct it", "a.toml: found 3; correct it"),
        ("é is fine", "é is fine"),
        ("a\x1b[31m\x07b", "a\\x1b[31m\\x07b"),
        ("a\u202eb\udcff", "a\\u202eb\\xff"),  # what turns the line round; what is no UTF-8
        ("two\nlines\tof\r\ntext", "two lines of  text"),
    ],
)
def test_control_characters_are_written_out(message, line):
    assert str(BadInput(message)) == line


def test_what_is_too_long_loses_its_middle():
    message = str(BadInput(f"a.toml: x: found {'y' * 1_000_000!r}; must be a number"))
    assert message.startswith("a.toml: x: found 'yyy")
    assert message.endswith("yyy'; must be a number")
    assert len(message) < 350
    message = str(BadInput(f"a.toml: {'y ' * 1_000_000}; must be a number"))
    assert message.endswith("; must be a number")
    assert LONGEST_LINE - 3 < len(message) <= LONGEST_LINE


def test_values_and_unknown_names_are_short():
    assert shown("a\n") == "'a\\n'"
    assert 90 < len(shown(["abc"] * 1000)) <= 100
    begin = time.perf_counter()
    message = str(unknown("key", "k" * 1_000_000, [f"key{i}" for i in range(100)], "a.toml"))
    assert time.perf_counter() - begin < 1.0
    assert message.startswith("a.toml: unknown key 'kkk")
    assert len(message) < LONGEST_LINE
