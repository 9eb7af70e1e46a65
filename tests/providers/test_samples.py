"""The sample providers as processes of their own, against real HTTP."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from domain.vocabulary import ProviderStanding
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import Outgoing
from providers.protocol import CallbackRefused, Forged, SendingFailed
from tests.providers.support import (
    OTHER_SECRET,
    SECRET,
    Serve,
    application,
    direction,
    free_port,
    webhook_registry,
)

PAGE = """<form method="get" action="/search"><button>Search</button></form>
<form method="post" action="?go=1"><input type="hidden" name="csrf" value="t0k3n">
<button name="standing" value="received">We have it</button></form>
<form method="post" action="?go=1"><button name="standing" value="done">It is done</button></form>
<form method="post" action="?go=1"><input type="radio" name="standing" value="partly">
<input type="radio" name="standing" value="refused">
<select name="reason"><option value="">Choose</option><option value="other">Other</option></select>
<button>We cannot</button></form>"""
QUICK = {"RECEIVED_AFTER": "0.05", "DONE_AFTER": "0.05", "POLL_SECONDS": "0.05"}


@asynccontextmanager
async def process(module: str, prefix: str, **settings: str) -> AsyncIterator[None]:
    """Run a sample provider until the block ends; it must then stop by itself on SIGTERM."""
    given = {f"{prefix}_{name}": value for name, value in {**QUICK, **settings}.items()}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"samples.providers.{module}"), env={**os.environ, **given}
    )
    try:
        yield
    finally:
        child.terminate()
        assert await asyncio.wait_for(child.wait(), 10) in {0, -15}


async def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until ``condition`` holds, at most ``seconds``."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


class Callbacks:
    """The business's callback door: judges by the desk and keeps the verdicts."""

    def __init__(self) -> None:
        self.desk: ProviderDesk | None = None
        self.verdicts: list[ProviderStanding | type[CallbackRefused]] = []

    async def __call__(self, request: Request) -> Response:
        assert self.desk is not None
        raw = await request.body()
        try:
            answer = await self.desk.verify("acme", request.headers, raw, datetime.now(UTC))
        except CallbackRefused as refusal:
            self.verdicts.append(type(refusal))
            return Response(status_code=refusal.status)
        self.verdicts.append(answer.standing)
        return Response(status_code=202)


@asynccontextmanager
async def acme(
    serve: Serve, outgoing: Outgoing, behaviour: str
) -> AsyncIterator[tuple[ProviderDesk, Callbacks, str]]:
    """Run Acme Analytics; yields the desk, the callback door and its URL."""
    callbacks = Callbacks()

    async def door(request: Request) -> Response:
        return await callbacks(request)

    door_url = await serve(application({"/callbacks": door})) + "/callbacks"
    port = free_port()
    registry = webhook_registry(f"http://127.0.0.1:{port}/directions")
    callbacks.desk = build_desk(registry, outgoing, Credentials({"SECRET": SECRET}))
    settings = {"SECRET": SECRET, "PORT": str(port), "BEHAVIOUR": behaviour}
    async with process("webhook", "SAMPLE_WEBHOOK", **settings):
        await healthy(f"http://127.0.0.1:{port}/health")
        yield callbacks.desk, callbacks, door_url


async def healthy(url: str) -> None:
    """Wait until a process answers."""
    async with httpx.AsyncClient() as client, asyncio.timeout(15):
        while True:
            try:
                (await client.get(url)).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.parametrize(
    ("behaviour", "verdicts"),
    [
        ("prompt", [ProviderStanding.RECEIVED, ProviderStanding.DONE]),
        ("refuse", [ProviderStanding.RECEIVED, ProviderStanding.REFUSED]),
        ("forged", [Forged, Forged]),
    ],
)
async def test_acme_answers_a_direction_as_it_is_told(
    serve: Serve, outgoing: Outgoing, behaviour: str, verdicts: list[Any]
) -> None:
    """The process verifies our direction and calls back twice, once per message."""
    async with acme(serve, outgoing, behaviour) as (desk, callbacks, url):
        for _ in range(2):
            await desk.send("acme", direction(callback_url=url), datetime.now(UTC))
        await eventually(lambda: len(callbacks.verdicts) >= 2)
        await asyncio.sleep(0.2)
        assert callbacks.verdicts == verdicts


async def test_acme_refuses_a_direction_that_we_did_not_sign(
    serve: Serve, outgoing: Outgoing
) -> None:
    """Signed by another secret the direction is answered 401 and nothing follows."""
    async with acme(serve, outgoing, "prompt") as (desk, callbacks, url):
        endpoint = desk.registry.providers[0].channel.endpoint  # type: ignore[union-attr]
        wrong = build_desk(
            webhook_registry(endpoint), outgoing, Credentials({"SECRET": OTHER_SECRET})
        )
        with pytest.raises(SendingFailed) as caught:
            await wrong.send("acme", direction(callback_url=url), datetime.now(UTC))
        assert caught.value.code == "status_401"
        assert callbacks.verdicts == []


class Business:
    """A mail sink with one letter, and the page behind its link."""

    def __init__(self) -> None:
        self.url = ""
        self.opened = 0
        self.pressed: list[dict[str, str]] = []
        self.read = False

    async def messages(self, request: Request) -> Response:
        """List the unread letters of an address."""
        if self.read:
            return JSONResponse([])
        to = request.query_params["to"]
        return JSONResponse([{"id": "7"}] if to == "privacy@postbird.example" else [])

    async def message(self, request: Request) -> Response:
        """Show one letter."""
        elsewhere = "https://www.business.example/help"
        return JSONResponse({"id": "7", "text": f"See {elsewhere}.\n\n{self.url}/ack/abc.\n"})

    async def mark_read(self, request: Request) -> Response:
        """Remember that the letter was dealt with."""
        self.read = True
        return Response(status_code=204)

    async def page(self, request: Request) -> Response:
        """Show the page, or take a pressed button."""
        if request.method == "GET":
            self.opened += 1
            return HTMLResponse(PAGE)
        form = await request.form()
        self.pressed.append({name: str(value) for name, value in form.items()})
        return HTMLResponse("Thank you")


async def business(serve: Serve) -> Business:
    """Serve a business with a mail sink."""
    one = Business()
    routes = {
        "/messages": one.messages,
        "/messages/7": one.message,
        "/messages/7/read": one.mark_read,
        "/ack/abc": one.page,
    }
    one.url = await serve(application(routes))
    return one


@pytest.mark.parametrize(
    ("behaviour", "last"),
    [("prompt", {"standing": "done"}), ("refuse", {"standing": "refused", "reason": "other"})],
)
async def test_postbird_opens_the_link_and_presses_the_buttons(
    serve: Serve, behaviour: str, last: dict[str, str]
) -> None:
    """The reader posts the page's forms with what they carry: first received, then the end."""
    ours = await business(serve)
    settings = {"SINK_URL": ours.url, "PUBLIC_URL": ours.url, "BEHAVIOUR": behaviour}
    async with process("mailbox", "SAMPLE_MAILBOX", **settings):
        await eventually(lambda: len(ours.pressed) == 2)
        await eventually(lambda: ours.read)
    assert ours.pressed == [{"csrf": "t0k3n", "standing": "received"}, last]


async def test_a_careless_reader_follows_the_link_and_presses_nothing(serve: Serve) -> None:
    """Like a mail scanner: the page is opened, no form is posted."""
    ours = await business(serve)
    settings = {"SINK_URL": ours.url, "PUBLIC_URL": ours.url, "BEHAVIOUR": "careless"}
    async with process("mailbox", "SAMPLE_MAILBOX", **settings):
        await eventually(lambda: ours.opened == 1)
    assert ours.pressed == []
