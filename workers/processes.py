"""The life of one process of ours: start, serve until told to stop, end without a crash."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from workers.logging import configure_logging
from workers.waiting import Stopped

_log = structlog.get_logger(__name__)

Main = Callable[[asyncio.Event], Awaitable[None]]
"""A process's work: opens what it needs, serves until the event is set, closes in reverse order."""

Loop = Callable[[], asyncio.AbstractEventLoop]


def run_process(main: Main, loop: Loop | None = None) -> NoReturn:
    """Run ``main`` and end this process with 0, or with 1 after an error, which is logged.

    SIGTERM and SIGINT set the event that ``main`` waits for; a second one ends at once with 130.
    The process leaves by ``os._exit``, because Temporal's core now and then aborts while the
    interpreter shuts down. ``main`` therefore closes its workers and then its clients itself.
    ``loop`` makes the event loop, if it is not to be asyncio's own.
    """
    configure_logging("json")  # before the settings are known: an error may quote them
    with asyncio.Runner(loop_factory=loop) as runner:
        code = runner.run(_served(main))
        leave(code)


def leave(code: int) -> NoReturn:
    """Flush what was logged and printed, then end this process without the interpreter's exit."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


async def _served(main: Main) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stop, number)
    try:
        await main(stop)
    except Stopped:
        return 0
    except Exception:
        _log.exception("the process ends because of an error")
        return 1
    return 0


def _stop(stop: asyncio.Event, number: int) -> None:
    if stop.is_set():
        leave(130)
    _log.info("stopping", signal_number=number)
    stop.set()
