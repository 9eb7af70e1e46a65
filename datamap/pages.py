"""Publications: which pages showed a person's words, and that they show them no longer (REQ-16)."""

import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import Equal, Reader, Table
from datamap.errors import SystemFailed
from datamap.keys import Keys
from datamap.people import named
from datamap.schema import Collection
from datamap.tombstones import personal_fields

Fetch = Callable[[str], Awaitable[str | None]]
"""Returns a page's text, or None when there is no such page; raises ``httpx.HTTPError``."""

TIMEOUT_SECONDS = 20.0
SHORTEST = 4
"""Texts shorter than this stand on any page by chance."""


class PublishedPage(BaseModel):
    """A page that showed a row, and the texts that it must not show any more. Vault only."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    system: str
    collection: str
    url: str = Field(repr=False)
    texts: tuple[str, ...] = Field(repr=False)

    @property
    def place(self) -> str:
        """Where the page's content came from, as a proof names it."""
        return f"{self.system}.{self.collection} (page)"


async def pages_of(
    reader: Reader, system: str, collection: Collection, keys: Keys
) -> list[PublishedPage]:
    """Return the pages that show the rows, as the map's ``page`` says; none where it says none."""
    if collection.privacy.page is None:
        return []
    url, pages = collection.privacy.page.url, list[PublishedPage]()
    shown = [one.name for one in personal_fields(collection)]
    columns = list(dict.fromkeys([*re.findall(r"\{([^{}]+)\}", url), *shown]))
    table = Table(collection.name, collection.key)
    for part in keys.batches():
        async for batch in reader.rows(table, Equal(table.key, part), columns):
            for row in batch:
                values = named(columns, row)
                texts = tuple(t for name in shown if (t := values[name]) and len(t) >= SHORTEST)
                pages.append(
                    PublishedPage(
                        system=system,
                        collection=collection.name,
                        url=_filled(url, values),
                        texts=texts,
                    )
                )
    return pages


async def still_shown(pages: Sequence[PublishedPage], fetch: Fetch) -> list[str]:
    """Fetch each page again; return the places of those that still show a text.

    Raises ``SystemFailed`` for a page that cannot be fetched: then nothing is proven.
    """
    shown: list[str] = []
    for page in pages:
        try:
            text = await fetch(page.url)
        except httpx.HTTPError as error:
            problem = f"the page of {page.place} could not be fetched ({type(error).__name__})"
            raise SystemFailed(page.system, problem) from None
        if text is not None and any(_plain(one) in _plain(text) for one in page.texts):
            shown.append(page.place)
    return shown


async def fetch_page(url: str) -> str | None:
    """Fetch a page by HTTP, without any cache on the way."""
    async with httpx.AsyncClient(
        timeout=TIMEOUT_SECONDS, follow_redirects=True, trust_env=False
    ) as client:
        answer = await client.get(url, headers={"Cache-Control": "no-cache"})
    if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
        return None
    answer.raise_for_status()
    return answer.text


def _filled(url: str, values: Mapping[str, str | None]) -> str:
    return re.sub(r"\{([^{}]+)\}", lambda found: quote(values[found[1]] or "", safe=""), url)


def _plain(text: str) -> str:
    """Return a text as it is read, whatever its mark-up, case and spaces."""
    bare = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return re.sub(r"\s+", " ", bare).strip().casefold()
