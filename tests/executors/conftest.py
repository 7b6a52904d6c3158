import pytest

from simkit.bench import campaign
from simkit.bench.schema import Score


@pytest.fixture
def score(monkeypatch: pytest.MonkeyPatch) -> None:
    """A score that takes no time."""
    fixed = Score(
        kind="HS23-style",
        score=20.0,
        relative_error=0.01,
        logical_threads=2,
        score_per_thread=10.0,
        scaling=10.0,
        reference_machine="",
        configuration_hash="",
        workloads=[],
    )
    monkeypatch.setattr(campaign, "run_score", lambda *args, **options: fixed)
