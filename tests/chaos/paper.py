"""The post: staff who print letters and take them there, consumers who type what was printed."""

import io
import re

import asyncpg
import httpx
from pypdf import PdfReader

from domain.letterbook import Letter
from tests.e2e.case import PACIFIC, STAFF
from tests.e2e.office import Office
from workers import parts, post_desk

_CODE = re.compile(r"type the code\s+([0-9A-Z-]{14})")


class PostDesk:
    """Prints and posts, by the functions of ``privacy post``."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._vault = parts.vault(office.settings)

    async def post(self, request_id: str, n: int, letter: Letter) -> None:
        """Print a letter, take it to the post, and enter the day.

        Raises:
            NotAtTheDesk: it is not written yet, or was posted meanwhile.
        """
        await self._printed(request_id, n)
        day = letter.requested_at.astimezone(PACIFIC).date()
        await post_desk.posted(self._office.client, f"{request_id}.{n}", day, STAFF)

    async def code(self, request_id: str, n: int) -> str:
        """Read the code that a letter prints in place of a link."""
        pages = PdfReader(io.BytesIO(await self._printed(request_id, n))).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        (code,) = _CODE.findall(text)[:1]
        return str(code)

    async def press(self, code: str) -> httpx.Response:
        """Type a code and press the button of the page that it leads to."""
        door = self._office.settings.public_url
        async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as browser:
            page = await browser.post(f"{door}/c", data={"code": code})
            return await browser.post(page.raise_for_status().url, data={"action": "confirm"})

    async def _printed(self, request_id: str, n: int) -> bytes:
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            named = (f"{request_id}.{n}",)
            (letter,) = [one async for one in post_desk.printed(connection, self._vault, named)]
        finally:
            await connection.close()
        return letter.pdf
