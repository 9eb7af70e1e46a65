"""`privacy health`, which container engines call: a word and an exit code, never a traceback."""

import pytest

from tests.workers.operators import key_set
from workers.cli import run
from workers.stack.ports import free_port
from workers.stack.temporal import EmbeddedTemporal


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read nothing of a stack that runs here."""
    monkeypatch.setenv("PRIVACY_ENV_FILE", "/nonexistent")
    monkeypatch.setenv("PRIVACY_CODEC_KEYS", key_set("k1"))


def test_without_codec_keys_the_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker's check in a container without keys says which variable is missing."""
    monkeypatch.delenv("PRIVACY_CODEC_KEYS")
    assert run(["health", "worker"]) == 1
    assert capsys.readouterr().err.startswith("PRIVACY_CODEC_KEYS is not set. Set it, or")


def test_without_temporal_its_address_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While Temporal is away the check says where it was looked for."""
    monkeypatch.setenv("PRIVACY_TEMPORAL_ADDRESS", address := f"127.0.0.1:{free_port()}")
    assert run(["health", "worker"]) == 1
    assert capsys.readouterr().err.startswith(f"Temporal does not answer at {address}")


def test_without_the_namespace_temporals_word_is_told(
    temporal_server: EmbeddedTemporal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A namespace that was never made is named, and the worker is not ready."""
    monkeypatch.setenv("PRIVACY_TEMPORAL_ADDRESS", temporal_server.address)
    monkeypatch.setenv("PRIVACY_TEMPORAL_NAMESPACE", "never-made")
    assert run(["health", "worker"]) == 1
    told = capsys.readouterr()
    assert told.err == "Temporal says NOT_FOUND of never-made.\n"
    assert told.out == "not ready\n"
