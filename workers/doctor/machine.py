"""The machine that this runs on: room on its disks."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from workers.doctor.finding import Finding, good, note, wrong
from workers.settings import Settings

LEAST_BYTES = 1 << 30
LEAST_SHARE = 0.1
_FIX = "Make room, or let the logs rotate sooner."


async def disk(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the room where local state and logs stand."""
    place = _existing(settings.var_dir)
    usage = shutil.disk_usage(place)
    says = f"{usage.free / (1 << 30):.1f} GiB free at {place}"
    if usage.free < LEAST_BYTES:
        yield wrong("disk", says, _FIX)
    elif usage.free / usage.total < LEAST_SHARE:
        yield note("disk", says, _FIX)
    else:
        yield good("disk", says)


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)
