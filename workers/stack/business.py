"""The sample business: a database of some thousand consumers, always the same ones."""

import asyncio

from samples.business import create


def fill_business(dsn: str) -> None:
    """Create the sample business's tables and people unless they are there already."""
    asyncio.run(create(dsn))
