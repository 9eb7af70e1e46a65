"""Runs the fault suite: ``python -m tests.chaos [--requests N] [--faults N] [--seed N]``."""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import Callable

from temporalio.runtime import Runtime, TelemetryConfig

from tests.chaos.run import Size, lines, run
from workers.stack.folder import VAR

FOLDER = VAR / "chaos"


def main() -> int:
    """Play, print the report, and tell by the exit code whether anything differs."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--harm", type=float, default=900, help="most seconds of faults")
    parser.add_argument("--settle", type=float, default=900, help="most seconds after the last")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    _say(f"seed {asked.seed}; logs stay in {FOLDER}/logs")
    shutil.rmtree(FOLDER, ignore_errors=True)
    # Core tells of every call that a killed server does not answer; here that is no news.
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=None)))
    size = Size(asked.requests, asked.faults, asked.harm, asked.settle)
    result = asyncio.run(run(FOLDER, size, asked.seed, _teller()))
    for line in lines(result, asked.seed):
        _say(line)
    return 0 if result.sound else 1


def _teller() -> Callable[[str], None]:
    """Return what tells of progress, with the seconds since now before each line."""
    began = time.monotonic()
    return lambda line: _say(f"{time.monotonic() - began:>5.0f} s  {line}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
