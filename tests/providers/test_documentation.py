"""docs/providers.md: its examples are run as they stand there."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from domain.direction_actions import DIRECTION_ACTIONS
from domain.vocabulary import ProviderStanding
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import Outgoing
from providers.protocol import ReasonCode
from providers.registry import Provider, load_registry
from providers.standard_webhooks import direction_body
from tests.providers.support import (
    NOW,
    REQUEST,
    SECRET,
    Serve,
    application,
    direction,
    free_port,
    webhook_registry,
)
from workers.sandbox import Rehearsal, Stage

PAGE = Path("docs/providers.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```\w+ ([\w.]+)\n(.*?)```", PAGE, flags=re.DOTALL))
NEEDED = ("curl", "openssl")


class Door:
    """The business's callback door, judging by the desk."""

    def __init__(self, desk: ProviderDesk) -> None:
        self._desk = desk
        self.told: list[tuple[ProviderStanding, ReasonCode | None]] = []

    async def __call__(self, request: Request) -> Response:
        raw = await request.body()
        answer = await self._desk.verify("acme", request.headers, raw, datetime.now(UTC))
        assert answer.direction_id == f"{REQUEST}.acme"
        self.told.append((answer.standing, answer.reason))
        return Response("stored", status_code=202)


@pytest.fixture
async def door(serve: Serve, outgoing: Outgoing) -> tuple[Door, str]:
    """Serve a callback door; gives it and its address."""
    secrets = Credentials({"SECRET": SECRET})
    one = Door(build_desk(webhook_registry("https://acme.example"), outgoing, secrets))

    async def handler(request: Request) -> Response:
        return await one(request)

    return one, await serve(application({"/callbacks": handler})) + "/callbacks"


async def run(name: str, folder: Path, url: str, *arguments: str) -> str:
    """Run an example of the page to its end and return what it printed."""
    path = folder / name
    path.write_text(EXAMPLES[name])
    program = sys.executable if name.endswith(".py") else "bash"
    child = await asyncio.create_subprocess_exec(
        *(program, str(path), *arguments),
        env=environment(CALLBACK_URL=url, DIRECTION_ID=f"{REQUEST}.acme"),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await asyncio.wait_for(child.communicate(), 20)
    return printed.decode()


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an example."""
    return {**os.environ, "SECRET": SECRET, **more}


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason="needs curl and openssl")
async def test_the_curl_example_is_believed(door: tuple[Door, str], tmp_path: Path) -> None:
    """What a provider's engineer types by hand is a valid acknowledgement."""
    for status in ("received", "done"):
        printed = await run("acknowledge.sh", tmp_path, door[1], status)
        assert printed.split() == ["stored", "202"]
    assert [standing for standing, _ in door[0].told] == [
        ProviderStanding.RECEIVED,
        ProviderStanding.DONE,
    ]


async def test_the_python_example_is_believed(door: tuple[Door, str], tmp_path: Path) -> None:
    """The library's way says partly and why."""
    assert await run("acknowledge.py", tmp_path, door[1]) == "202 stored\n"
    assert door[0].told == [(ProviderStanding.PARTLY, ReasonCode.LEGAL_OBLIGATION)]


@asynccontextmanager
async def receiver(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the page's whole provider."""
    path = folder / "receiver.py"
    path.write_text(EXAMPLES["receiver.py"])
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(path), env=environment(PORT=str(port)), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield child
    finally:
        child.terminate()
        await child.communicate()


async def connected(port: int) -> None:
    """Wait until something listens."""
    async with asyncio.timeout(15):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def test_the_page_s_provider_turns_a_rehearsal_green(
    outgoing: Outgoing, tmp_path: Path
) -> None:
    """`privacy providers simulate` against the example: sent, received, done."""
    port, told = free_port(), list[str]()
    registry = webhook_registry(f"http://127.0.0.1:{port}/")
    desk = build_desk(registry, outgoing, Credentials({"SECRET": SECRET}))
    listen = free_port()
    stage = Stage("127.0.0.1", listen, f"http://127.0.0.1:{listen}", 10)
    async with receiver(tmp_path, port):
        await connected(port)
        green = await Rehearsal(desk, registry.providers[0], told.append).play(stage, "p@b.example")
    assert green, told
    heard = [line.strip() for line in told if "believed" in line]
    assert heard[0].startswith("believed: received")
    assert heard[1].startswith("believed: done, passed on to Nimbus Storage")


def test_the_direction_on_the_page_is_what_we_send() -> None:
    """The JSON of the reference has our fields and values; only the long sentence is cut."""
    shown, sent = (
        json.loads(EXAMPLES["direction.json"]),
        json.loads(direction_body(direction(), NOW)),
    )
    assert sent["data"].pop("flow_down").startswith(shown["data"].pop("flow_down").rstrip("…"))
    assert shown == sent


def providers() -> tuple[Provider, ...]:
    """Return the providers of the page's registry."""
    return load_registry(EXAMPLES["providers.yaml"], "providers.yaml", {}).providers


def test_the_registry_on_the_page_loads() -> None:
    """Every channel of the page is one that the registry takes."""
    assert [one.protocol for one in providers()] == [
        "standard_webhooks",
        "opendsr",
        "ddrf",
        "manual",
    ]


def test_every_reason_stands_on_the_page() -> None:
    """A provider can look up each code."""
    assert [code for code in ReasonCode if f"`{code}`" not in PAGE] == []


def test_staff_find_every_standing_and_every_action_on_the_page() -> None:
    """What the Web UI shows of a direction is explained, and nothing else."""
    table = PAGE[PAGE.index("## For staff: one direction") :]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {*ProviderStanding} | set(DIRECTION_ACTIONS)
