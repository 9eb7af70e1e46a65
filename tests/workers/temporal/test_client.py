"""Connecting with our settings, and what is said when nobody answers."""

from datetime import timedelta

import pytest

from tests.workers.temporal.conftest import key_set
from workers.settings import load_settings
from workers.stack.ports import free_port
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.client import TemporalUnreachable, connect

KEYS = ",".join(f"{name}:{'A' * 43}=" for name in key_set("k").by_id())


async def test_a_client_has_our_converter(temporal_server: EmbeddedTemporal) -> None:
    """A client made from settings encrypts what it sends."""
    client = await connect(load_settings(temporal_address=temporal_server.address, codec_keys=KEYS))
    [payload] = await client.data_converter.encode(["canary"])
    assert b"canary" not in payload.SerializeToString()


async def test_a_silent_server_is_named_with_what_to_do() -> None:
    """When nobody answers within the patience, the error says where and what to check."""
    settings = load_settings(temporal_address=f"127.0.0.1:{free_port()}", codec_keys=KEYS)
    with pytest.raises(TemporalUnreachable, match=r"at 127\.0\.0\.1:\d+ .*Check that it runs"):
        await connect(settings, patience=timedelta())


async def test_a_lazy_client_needs_no_server() -> None:
    """A door of the gateway can be built while Temporal is down."""
    settings = load_settings(temporal_address=f"127.0.0.1:{free_port()}", codec_keys=KEYS)
    assert await connect(settings, lazy=True)
