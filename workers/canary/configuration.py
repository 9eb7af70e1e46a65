"""Whether an installation has a canary, and by which doors it flies."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from datamap.connectors.base import Connector
from datamap.schema import DataMap
from workers import parts
from workers.canary.flight import Flights
from workers.canary.planted import Garden, Planted, load_planted
from workers.rehearsal.people import Doors, People
from workers.settings import PREFIX, Settings, environment, read_variable, referenced_secret
from workers.temporal.namespace import ensure_schedule
from workflows.canary import CANARY

FILE = f"{PREFIX}CANARY"
"""The file of the planted consumer; without it there is no canary."""

API_KEY = f"{PREFIX}CANARY_API_KEY"
"""The API key of the intake client ``canary``, by value or by ``_FILE``."""

INBOX = f"{PREFIX}CANARY_INBOX_URL"
"""Where the planted consumer's letters can be read, as the stack's mail sink shows them."""

EVERY = timedelta(days=1)
SCHEDULE = "canary"


def planted_consumer() -> Planted | None:
    """Return the planted consumer, or None where no canary is kept. Raises ``SettingsError``."""
    file = read_variable(FILE, environment())
    return load_planted(Path(file)) if file else None


def planted_addresses(planted: Planted | None) -> frozenset[str]:
    """Return the addresses of which the system itself may approve a deletion."""
    return frozenset({str(planted.consumer.email).lower()} if planted else ())


def flights(
    settings: Settings,
    client: Client,
    planted: Planted,
    datamap: DataMap,
    connectors: Mapping[str, Connector],
) -> Flights:
    """Return what flies the canary. Raises ``SettingsError`` when a door is not named."""
    doors = Doors(
        gateway=parts.public_url(settings),
        inbox=referenced_secret(INBOX),
        api_key=referenced_secret(API_KEY),
        mail_domain=parts.mail_domain(settings),
    )
    return Flights(planted, Garden(datamap, connectors), People(doors, client))


async def is_kept(client: Client) -> bool:
    """Tell whether a worker of this installation was started with a planted consumer."""
    try:
        await client.get_schedule_handle(SCHEDULE).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def ensure_canary(client: Client, task_queue: str) -> None:
    """Create the canary's schedule or bring it up to date."""
    await ensure_schedule(
        client, SCHEDULE, CANARY, task_queue=task_queue, every=EVERY, catch_up=EVERY
    )
