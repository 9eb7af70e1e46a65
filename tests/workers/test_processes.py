"""The life of a process: it stops when told, and its exit code says how it went."""

import signal
import subprocess
import sys

import pytest

SERVING = """
import asyncio
from workers.logging import configure_logging
from workers.processes import run_process

async def main(stop: asyncio.Event) -> None:
    print("serving", flush=True)
    await stop.wait()
    print("closed")

configure_logging("json")
run_process(main)
"""

FAILING = """
import asyncio
from workers.logging import configure_logging
from workers.processes import run_process

async def main(stop: asyncio.Event) -> None:
    raise ValueError("canary")

configure_logging("json")
run_process(main)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_cleanly(number: signal.Signals) -> None:
    """A process that is told to stop closes what it opened and ends with 0."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVING], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        process.send_signal(number)
        rest, _ = process.communicate(timeout=20)
    assert rest == "closed\n"
    assert process.returncode == 0


def test_an_error_ends_a_process_with_1() -> None:
    """An error is logged without its content and the exit code is 1."""
    ended = subprocess.run(
        [sys.executable, "-c", FAILING], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    assert '"error": "ValueError"' in ended.stderr
    assert "canary" not in ended.stderr
