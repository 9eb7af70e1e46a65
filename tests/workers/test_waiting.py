"""A process that starts before what it needs: it waits, says for what, and can be stopped."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from records.pool import create_pool
from tests.workers.operators import variables
from workers.stack.ports import free_port
from workers.waiting import (
    DatabaseUnreachable,
    Stopped,
    tell_of_waiting,
    unless_stopped,
    until_reached,
)


async def test_a_database_that_is_away_is_named_without_its_password() -> None:
    """A pool opens without its server; the wait ends with the place and what to do."""
    dsn = f"postgresql://u:s3cret@127.0.0.1:{free_port()}/x"
    pool = await create_pool(dsn)
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1") as raised:
        await until_reached(pool, dsn, timedelta(0))
    assert "s3cret" not in str(raised.value)
    await pool.close()


async def test_a_database_that_refuses_us_is_named_at_once(
    as_role: Callable[[str, str], str], database: str
) -> None:
    """No time mends a wrong password: the error comes without waiting, and has no password."""
    address = urlsplit(as_role(database, "privacy_worker"))
    dsn = address._replace(netloc=f"privacy_worker:s3cret@127.0.0.1:{address.port}").geturl()
    pool = await create_pool(dsn)
    with pytest.raises(DatabaseUnreachable, match="does not let us in") as raised:
        await until_reached(pool, dsn, timedelta(minutes=1))
    assert "s3cret" not in str(raised.value)
    await pool.close()


def test_it_says_for_what_at_once_and_every_ten_seconds() -> None:
    """A log that says it each second is not read."""
    with capture_logs() as said:
        for second in range(25):
            waited = timedelta(seconds=second)
            tell_of_waiting("Temporal", "a:7233", waited, ConnectionError("personal"))
    assert [line["waited_s"] for line in said] == [0, 10, 20]
    assert {(line["dependency"], line["address"], line["fault"]) for line in said} == {
        ("Temporal", "a:7233", "ConnectionError")
    }


async def test_who_is_told_to_stop_waits_no_longer() -> None:
    """What came in time is returned, and what did not is given up."""
    stop = asyncio.Event()
    assert await unless_stopped(stop, asyncio.sleep(0, "there")) == "there"
    asyncio.get_running_loop().call_later(0.01, stop.set)
    with pytest.raises(Stopped):
        await unless_stopped(stop, asyncio.sleep(60))


def test_a_worker_without_anything_lives_is_not_ready_and_stops_when_told(
    database: str, as_role: Callable[[str, str], str]
) -> None:
    """Without Temporal: alive, not ready, saying for what it waits; SIGTERM ends it at once."""
    port = free_port()
    given = {
        **variables(database, as_role),
        "PRIVACY_TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        "PRIVACY_METRICS_PORT": str(port),
    }
    command = [sys.executable, "-m", "workers.worker"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **given}
    ) as process:
        assert answer(port, "live").json() == {"alive": True}
        ready = answer(port, "ready")
        assert ready.status_code == 503
        assert (ready.json()["database"], ready.json()["temporal"]) == ("ok", "missing")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert '"dependency": "Temporal"' in said


def answer(port: int, what: str) -> httpx.Response:
    """Ask a probe, once its process has come so far."""
    limit = time.monotonic() + 60
    while True:
        try:
            url = f"http://127.0.0.1:{port}/health/{what}"
            return httpx.get(url, trust_env=False, timeout=20)
        except httpx.TransportError:
            assert time.monotonic() < limit
            time.sleep(0.1)
