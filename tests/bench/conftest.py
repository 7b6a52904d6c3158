import pytest

from .fake_engine import install


@pytest.fixture
def fake(monkeypatch):
    """The fake engine in place of the native one."""
    return install(monkeypatch).engine
