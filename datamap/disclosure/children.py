"""Reading files from outside in child processes that may fail or hang without harm (RED-09)."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 30.0


class FileText(NamedTuple):
    """What stands in a file, of which kind it is, and whether the text is all that it shows."""

    text: str
    whole: bool
    media_type: str


async def read_by(script: str, body: bytes, seconds: float = SECONDS) -> FileText | None:
    """Have a script of this folder read a file; None if it cannot, or not in time.

    The child sees no environment and no module of ours, and limits its own memory and time.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(__file__).with_name(script)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await child.communicate(body)
    except TimeoutError:
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return _read(answer) if child.returncode == 0 else None


def _read(answer: bytes) -> FileText | None:
    try:
        document: dict[str, Any] = json.loads(answer)
    except ValueError:
        return None
    return FileText(str(document["text"]), bool(document["whole"]), str(document["media_type"]))
