"""The life of a process: it stops when told, and its exit code says how it went."""

import signal
import socket
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

ANSWERING = """
import asyncio, sys
import uvicorn
from workers.processes import run_process
from workers.web_server import WebServer

async def app(scope, receive, send):
    raise RuntimeError

async def main(stop: asyncio.Event) -> None:
    server = WebServer(
        uvicorn.Config(app, port=int(sys.argv[1]), log_config=None, lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    await asyncio.wait((serving, asyncio.create_task(stop.wait())), return_when="FIRST_COMPLETED")
    server.should_exit = True
    await serving
    print("closed")

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


def test_a_signal_ends_a_process_that_serves_http_cleanly() -> None:
    """It closes what it opened and ends with 0, although its web server knows signals too."""
    arguments = [sys.executable, "-c", ANSWERING, "0"]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any('"listening"' in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    assert rest == "closed\n"
    assert process.returncode == 0


def test_a_port_that_another_process_has_is_named() -> None:
    """A web server that cannot listen ends its process with 1 and says where and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-c", ANSWERING, port],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "set another port" in ended.stderr


def test_an_error_ends_a_process_with_1() -> None:
    """An error is logged without its content and the exit code is 1."""
    ended = subprocess.run(
        [sys.executable, "-c", FAILING], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 1
    assert '"error": "ValueError"' in ended.stderr
    assert "canary" not in ended.stderr
