"""The text of a PDF, read by a child process that may fail or hang without harm (RED-09)."""

import asyncio
import json
import sys
from pathlib import Path
from typing import NamedTuple

SECONDS = 30.0
_CHILD = Path(__file__).with_name("pdf_child.py")


class PdfText(NamedTuple):
    """What stands in a PDF, and whether the text is all that it shows."""

    text: str
    whole: bool


async def pdf_text(body: bytes, seconds: float = SECONDS) -> PdfText | None:
    """Return the text of a PDF; None if it cannot be read in time."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_CHILD),
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


def _read(answer: bytes) -> PdfText | None:
    try:
        document = json.loads(answer)
    except ValueError:
        return None
    return PdfText(str(document["text"]), bool(document["whole"]))
