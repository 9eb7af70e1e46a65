"""The guarded way out: where it goes, where it never goes, and how long it listens."""

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from providers.outgoing import (
    LOOPBACK,
    Limits,
    Outgoing,
    OutgoingError,
    OutgoingFailed,
    OutgoingRefused,
    is_public,
)
from tests.providers.support import Serve, application

PRIVATE = [
    "http://127.0.0.1/",
    "http://[::1]/",
    "https://10.1.2.3/",
    "https://192.168.0.1/",
    "https://172.16.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[fec0::1]/",
    "https://192.0.0.8/",
    "https://224.0.0.1/",
    "https://localhost/",
]


def resolving_to(*answers: str) -> tuple[list[str], Outgoing]:
    """Return a client whose every look-up takes the next answer (comma for several addresses)."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1].split(",")

    return asked, Outgoing(LOOPBACK, resolver=resolve)


async def refusal(client: Outgoing, url: str) -> OutgoingError:
    """Return the error with which a call ends."""
    with pytest.raises(OutgoingError) as caught:
        await client.request("GET", url)
    await client.aclose()
    return caught.value


@pytest.mark.parametrize("url", PRIVATE)
async def test_private_addresses_are_never_called(url: str) -> None:
    """No spelling of an inner address gets through when no network is allowed."""
    error = await refusal(Outgoing(), url)
    assert isinstance(error, OutgoingRefused)
    assert error.code == "private_address"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "bad_url"),
        ("https://user:pw@example.com/", "bad_url"),
        ("https://[bad/", "bad_url"),
        ("http://8.8.8.8/", "not_https"),
        ("gopher:", "bad_url"),
    ],
)
async def test_only_plain_https_goes_to_the_public_internet(url: str, code: str) -> None:
    """Everything but a full https address without a user is refused for good."""
    assert (await refusal(Outgoing(), url)).code == code


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    """A name that leads both outside and inside is not called at all."""
    _, client = resolving_to("8.8.8.8,10.0.0.1")
    assert (await refusal(client, "https://rebind.example/")).code == "private_address"


async def test_the_judged_address_is_the_one_connected_to(serve: Serve) -> None:
    """A name is looked up once per call, so a second answer cannot lead elsewhere; Host is kept."""

    async def host(request: Request) -> Response:
        return JSONResponse({"host": request.headers["host"]})

    port = (await serve(application({"/": host}))).rpartition(":")[2]
    asked, client = resolving_to("127.0.0.1", "10.0.0.1")
    reply = await client.request("GET", f"http://vendor.example:{port}/")
    await client.aclose()
    assert (reply.body, reply.peer, asked) == (
        f'{{"host":"vendor.example:{port}"}}'.encode(),
        "127.0.0.1",
        ["vendor.example"],
    )


async def test_a_redirect_is_an_answer_and_never_followed(serve: Serve, outgoing: Outgoing) -> None:
    """A redirect to an inner address reaches nobody."""
    reached = []

    async def secret(request: Request) -> Response:
        reached.append(request.url.path)
        return Response()

    async def away(request: Request) -> Response:
        return RedirectResponse("/secret")

    url = await serve(application({"/": away, "/secret": secret}))
    assert (await outgoing.request("GET", url)).status == 307
    assert reached == []


async def test_an_endless_answer_is_cut_off(serve: Serve, outgoing: Outgoing) -> None:
    """More bytes than the bound end the call, however many the other side has."""

    async def endless(request: Request) -> Response:
        async def forever() -> object:
            for _ in range(100):
                yield b"x" * 65536

        return StreamingResponse(forever())  # type: ignore[arg-type]

    url = await serve(application({"/": endless}))
    with pytest.raises(OutgoingFailed) as caught:
        await outgoing.request("GET", url, max_bytes=1000)
    assert caught.value.code == "answer_too_large"


async def test_a_dripping_answer_ends_at_the_total_limit(serve: Serve) -> None:
    """One byte now and then does not keep a call open beyond its time in all."""

    async def drip(request: Request) -> Response:
        async def drops() -> object:
            while True:
                yield b"."
                await asyncio.sleep(0.05)

        return StreamingResponse(drops())  # type: ignore[arg-type]

    url = await serve(application({"/": drip}))
    client = Outgoing(LOOPBACK, Limits(total_seconds=0.3))
    assert (await refusal(client, url)).code == "timeout"


async def test_a_closed_port_is_a_passing_failure(outgoing: Outgoing) -> None:
    """A provider that is down is tried again."""
    with pytest.raises(OutgoingFailed) as caught:
        await outgoing.request("GET", "http://127.0.0.1:1/")
    assert caught.value.code == "unreachable"


def test_public_addresses_are_public() -> None:
    """The guard lets the public Internet through."""
    public = ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
    assert all(is_public(ipaddress.ip_address(one)) for one in public)
