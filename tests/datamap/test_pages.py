"""Testimonials go from the table and from the page."""

import html

import asyncpg
import pytest

from datamap import (
    DataMap,
    PersonKeys,
    RowRef,
    SystemFailed,
    erase,
    find,
    load_path,
    plan_erasure,
    prove_absence,
)
from datamap.connectors import Connector
from datamap.loading import load_all
from datamap.pages import fetch_page
from samples import business

Systems = dict[str, Connector]
ANA = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="1"),))


@pytest.fixture
def map_with_pages() -> DataMap:
    """Give the whole map, with the address at which testimonials are shown."""
    assert load_path(business.ALL_SYSTEMS)
    texts = {path.name: path.read_text() for path in business.ALL_SYSTEMS.glob("*.yaml")}
    texts["backoffice.yaml"] = texts["backoffice.yaml"].replace(
        "            role: testimonials\n",
        "            role: testimonials\n"
        "            page: {url: 'https://shop.example/said/{id}?by={author}'}\n",
    )
    return load_all(texts)


class Site:
    """The company's web site, which may be slow to notice."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.cached = True
        self.asked: list[str] = []

    async def fetch(self, url: str) -> str | None:
        """Show the published testimonial, from the table or from an old copy."""
        self.asked.append(url)
        if self.cached:
            return f"<p><b>Ana</b>\n Ruiz said: {html.escape('They answered within the hour.')}"
        connection = await asyncpg.connect(self.dsn)
        quote = await connection.fetchval("SELECT quote FROM testimonials WHERE published")
        await connection.close()
        return None if quote is None else str(quote)


async def test_a_page_that_still_shows_the_words_blocks_the_proof(
    all_systems: Systems, map_with_pages: DataMap, places: dict[str, str]
) -> None:
    """The row is switched off and emptied; the page is fetched again, and its cache is caught."""
    site = Site(places["backoffice"])
    plan = await plan_erasure(
        all_systems, map_with_pages, await find(all_systems, map_with_pages, ANA)
    )
    for system in plan.systems:
        await erase(plan, all_systems[system])
    proof = await prove_absence(all_systems, map_with_pages, plan, site.fetch)
    assert not proof.holds
    assert proof.still_found == ("backoffice.testimonials (page)",)
    site.cached = False
    connection = await asyncpg.connect(places["backoffice"])
    await connection.execute("UPDATE testimonials SET published = false")
    await connection.close()
    assert (await prove_absence(all_systems, map_with_pages, plan, site.fetch)).holds
    assert site.asked[0] == "https://shop.example/said/1?by=Ana%20Ruiz"
    assert "Ana" not in repr(plan)


async def test_a_page_that_cannot_be_fetched_proves_nothing(
    all_systems: Systems, map_with_pages: DataMap
) -> None:
    """A dead web site is a failing system, named without the address."""
    plan = await plan_erasure(
        all_systems, map_with_pages, await find(all_systems, map_with_pages, ANA)
    )
    for system in plan.systems:
        await erase(plan, all_systems[system])

    async def dead(url: str) -> str | None:
        return await fetch_page("http://127.0.0.1:1/")

    with pytest.raises(SystemFailed, match=r"the page of backoffice\.testimonials") as failed:
        await prove_absence(all_systems, map_with_pages, plan, dead)
    assert "Ana" not in str(failed.value)
