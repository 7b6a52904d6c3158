"""What docs/fields.md shows runs as it stands, and its figures are those of the fields."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from made import WITH_RETURN, at, built

PAGE = (Path(__file__).parents[3] / "docs" / "fields.md").read_text("utf-8")


def test_its_tables_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.S):
        exec(code, {})
    ours, coil = (built({"kind": "table", "path": name}) for name in ("our_field.npz", "coil.npz"))
    np.testing.assert_allclose(at(ours, 500.0, 300.0, 0.0), [0.0, 0.0, 2.0], atol=1e-12)
    sheet = built({key: value for key, value in WITH_RETURN.items() if not key.startswith("return")})
    for point in ((310.0, 500.0, 700.0), (1225.0, 0.0, 10.0), (0.0, 1235.0, -10.0)):
        np.testing.assert_allclose(at(coil, *point), at(sheet, *point), atol=5e-4)


def test_the_figures_of_the_return():
    keys = tomllib.loads(re.search(r"```toml\n(.*?)```", PAGE, re.S)[1])["field"]
    assert keys == WITH_RETURN
    bare = {key: value for key, value in keys.items() if not key.startswith("return")}
    for row, field in (("B_z with return (T)", built(keys)), ("without", built(bare))):
        said = [float(number) for number in re.search(rf"\| {re.escape(row)} \|(.*)\|", PAGE)[1].split("|")]
        found = [at(field, r, 0.0, 0.0)[2] for r in (1500.0, 2000.0, 3000.0, 4500.0, 6000.0)]
        assert said == pytest.approx(found, abs=5.1e-4)
