"""The sample business of a stack: its systems, always with the same some thousand consumers."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from samples.business import create, create_backoffice, create_drop


class BusinessPlaces(NamedTuple):
    """Where the systems of the business stand: two databases and a folder of CSV files."""

    shop: str
    backoffice: str
    drop: Path


Fill = Callable[[BusinessPlaces], None]
"""Makes a business in these places, unless it stands there already."""


def fill_business(places: BusinessPlaces) -> None:
    """Create the sample business's systems and people unless they are there already."""
    asyncio.run(_fill(places))


async def _fill(places: BusinessPlaces) -> None:
    await create(places.shop)
    await create_backoffice(places.shop, places.backoffice)
    await create_drop(places.shop, places.drop)
