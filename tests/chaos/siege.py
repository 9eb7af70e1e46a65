"""A stack whose programs reach everything that they need through proxies."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ruamel.yaml import YAML

from tests.chaos.provider import PROVIDER
from tests.chaos.proxy import Proxy
from tests.e2e.office import QUICK_PROVIDERS, Office
from workers import parts
from workers.rehearsal.people import Doors, People
from workers.settings import PREFIX, PROJECT
from workers.stack.errors import StackError
from workers.stack.folder import StackFolder
from workers.stack.ports import LOOPBACK, free_ports
from workers.stack.postgres import (
    BACKOFFICE_DATABASE,
    BUSINESS_DATABASE,
    BUSINESS_OWNER,
    PRIVACY_DATABASE,
    EmbeddedPostgres,
)
from workers.stack.secret_files import SecretFiles
from workers.stack.supervisor import EmbeddedStack
from workers.temporal.client import connect

BEHIND_PROXIES = ("temporal", "postgres", "smtp", "mail_in", "gateway", "sample_webhook")
REGISTRY = PROJECT / "samples" / "providers" / "providers.yaml"
SPEAK_HTTP = ("gateway", "sample_webhook")
DATABASES = {
    "worker_dsn": (PRIVACY_DATABASE, "privacy_worker"),
    "gateway_dsn": (PRIVACY_DATABASE, "privacy_gateway"),
    "system_shop": (BUSINESS_DATABASE, BUSINESS_OWNER),
    "system_backoffice": (BACKOFFICE_DATABASE, BUSINESS_OWNER),
}
"""The databases that our programs use, by the names of their addresses."""


@asynccontextmanager
async def besieged(folder: Path) -> AsyncIterator[tuple[Office, dict[str, Proxy]]]:
    """Run a stack behind proxies; who looks afterwards reaches its servers directly."""
    servers = len(BEHIND_PROXIES)
    chosen = free_ports(2 * servers)
    ports = dict(zip(BEHIND_PROXIES, chosen[:servers], strict=True))
    doors = zip(chosen[servers:], ports.items(), strict=True)
    proxies = {name: Proxy(door, port) for door, (name, port) in doors}
    async with AsyncExitStack() as open_until_the_end:
        for proxy in proxies.values():
            await open_until_the_end.enter_async_context(proxy)
        variables = QUICK_PROVIDERS | _detours(folder, proxies)
        stack = EmbeddedStack(folder, ports=ports, durable=False, variables=variables)
        running = await open_until_the_end.enter_async_context(stack)
        moved = [name for name, port in ports.items() if running.ports[name] != port]
        if moved:
            raise StackError("the proxies", f"{moved} took other ports", "run it once more")
        office = await _office(running, proxies["gateway"])
        open_until_the_end.push_async_callback(office.aclose)
        yield office, proxies


async def _office(stack: EmbeddedStack, gateway: Proxy) -> Office:
    """Look at the servers directly, and go by the gateway's door as everybody does."""
    settings = stack.settings().model_copy(update={"temporal_address": stack.temporal.address})
    parts.install_policies(settings)
    office = Office(stack, settings, await connect(settings))
    await office.people.aclose()
    doors = Doors(url_of(gateway), stack.addresses.inbox, stack.intake_api_key, office.mail_domain)
    office.people = People(doors, office.client)
    return office


def _detours(folder: Path, proxies: Mapping[str, Proxy]) -> dict[str, str]:
    """Return the variables that lead our programs through the proxies."""
    plain = {
        "temporal_address": f"{LOOPBACK}:{proxies['temporal'].port}",
        "smtp_port": str(proxies["smtp"].port),
        "public_url": url_of(proxies["gateway"]),
        "canary": "",
        "providers": str(_one_returns_copies(folder)),
    }
    files = _addresses_in_files(folder, proxies["postgres"].port)
    sample = {
        "SAMPLE_WEBHOOK_URL": f"{url_of(proxies['sample_webhook'])}/directions",
        "SAMPLE_MAILBOX_PUBLIC_URL": url_of(proxies["gateway"]),
    }
    named = {PREFIX + name.upper(): value for name, value in (plain | files).items()}
    return named | sample


def _addresses_in_files(folder: Path, port: int) -> dict[str, str]:
    """Write down where PostgreSQL is when one goes through its proxy."""
    place = StackFolder(folder)
    files = SecretFiles(place.secrets)
    server = EmbeddedPostgres(place.root, port, secrets=files, log=place.log("postgres"))
    return {
        f"{name}_file": str(files.write(f"detour_{name}", server.dsn(database, role)))
        for name, (database, role) in DATABASES.items()
    }


def _one_returns_copies(folder: Path) -> Path:
    """Write the registry of a business one of whose providers agreed to return copies."""
    yaml = YAML(typ="safe")
    known = yaml.load(REGISTRY)
    for provider in known["providers"]:
        provider["returns_copies"] = provider["id"] == PROVIDER
    written = folder / "providers.yaml"
    written.parent.mkdir(parents=True, exist_ok=True)
    yaml.dump(known, written)
    return written


def url_of(proxy: Proxy) -> str:
    """Return the address of a server that speaks HTTP, behind its proxy."""
    return f"http://{LOOPBACK}:{proxy.port}"
