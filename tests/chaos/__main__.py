"""Runs the fault suite: ``python -m tests.chaos [--requests N] [--faults N] [--seed N]``."""

import argparse
import asyncio
import random
import shutil
import sys

from tests.chaos.run import Size, lines, run
from workers.stack.folder import VAR

FOLDER = VAR / "chaos"


def main() -> int:
    """Play, print the report, and tell by the exit code whether anything differs."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--settle", type=float, default=600, help="seconds after the last fault")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    _say(f"seed {asked.seed}; logs stay in {FOLDER}/logs")
    shutil.rmtree(FOLDER, ignore_errors=True)
    size = Size(asked.requests, asked.faults, asked.settle)
    result = asyncio.run(run(FOLDER, size, asked.seed, _say))
    for line in lines(result, asked.seed):
        _say(line)
    return 0 if result.sound else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
