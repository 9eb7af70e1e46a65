"""Systems whose connections outlast their use, for a process that asks often."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from datamap.connectors.base import Connector
from datamap.connectors.postgres import PostgresConnector


@asynccontextmanager
async def kept_open(
    connectors: Mapping[str, Connector], at_once: int
) -> AsyncIterator[Mapping[str, Connector]]:
    """Give the same systems; the databases among them open up to ``at_once`` connections and stay.

    With fewer than there are askers, two who each hold what the other wants would both wait. What
    must be believed, such as a proof of absence, is asked through ``connectors`` themselves.
    """
    async with AsyncExitStack() as opened:
        kept = dict(connectors)
        for system, connector in connectors.items():
            if isinstance(connector, PostgresConnector):
                kept[system] = await opened.enter_async_context(connector.kept_open(at_once))
        yield kept
