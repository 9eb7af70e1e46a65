"""The sample business: a database of some thousand consumers, always the same ones."""

import asyncio
from collections.abc import Callable

from samples.business import create

Fill = Callable[[str], None]
"""Makes a business in the database of an address, unless it stands there already."""


def fill_business(dsn: str) -> None:
    """Create the sample business's tables and people unless they are there already."""
    asyncio.run(create(dsn))
