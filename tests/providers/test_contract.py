"""What every protocol keeps, whatever it is: one suite for all of them."""

import base64
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import NoticeKind, PointOfIdentity
from providers.channels import ProtocolKind, expressible
from providers.credentials import Credentials
from providers.desk import build_desk
from providers.outgoing import Outgoing
from providers.protocol import (
    CallbackRefused,
    LetterWanted,
    SendingFailed,
    SendingPaused,
    Sent,
)
from providers.registry import load_registry, minimal_locators
from providers.switches import Switches, SwitchFile
from tests.providers.lines import EVERYTHING, HTTP_LINES, ProtocolLine
from tests.providers.support import NOW, direction, registry_text

QUIET = {
    "mail": ("{protocol: mail, address: privacy@acme.example}", "privacy@acme.example", False),
    "manual": ("{protocol: manual, postal_address: 'PO Box 1'}", "", True),
}
SAMPLES = Path("samples/providers/providers.yaml")
SPOKEN = [
    *[("standard_webhooks", kind) for kind in PointOfIdentity],
    *[("opendsr_2", kind) for kind in (PointOfIdentity.EMAIL, PointOfIdentity.CUSTOMER_NUMBER)],
    *[("mparticle_3", kind) for kind in (PointOfIdentity.EMAIL, PointOfIdentity.PHONE)],
    *[("ddrf", kind) for kind in (PointOfIdentity.EMAIL, PointOfIdentity.PHONE)],
]


@pytest.fixture(params=sorted(HTTP_LINES))
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ProtocolLine]:
    """Give a line of each protocol that speaks HTTP."""
    async with HTTP_LINES[request.param](tmp_path) as one:
        yield one


def unfolded(wire: bytes) -> bytes:
    """Return what reached a provider with every token in it opened, and theirs in turn."""
    found = [wire]
    for part in re.findall(rb"eyJ[\w-]+", wire):
        found.append(unfolded(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))))
    return b"\n".join(found)


@pytest.mark.parametrize(("protocol", "kind"), SPOKEN)
async def test_a_provider_receives_only_the_identifiers_it_declares(
    protocol: str, kind: PointOfIdentity, tmp_path: Path
) -> None:
    """Of a person of whom everything is known, exactly the declared value reaches the provider."""
    async with HTTP_LINES[protocol](tmp_path, identifiers=kind.value) as line:
        await line.send()
        told = unfolded(line.recorder.wire).decode("latin-1")
    assert {one for one, value in EVERYTHING.items() if value in told} == {kind}


async def test_an_undeclared_identifier_stops_everything(line: ProtocolLine) -> None:
    """A caller that hands over too much sends nothing at all."""
    with pytest.raises(SendingFailed) as caught:
        await line.send(locators=EVERYTHING)
    assert (caught.value.code, line.recorder.wire) == ("undeclared_identifier", b"")


@pytest.mark.parametrize(
    "provider",
    load_registry(
        SAMPLES.read_text(),
        str(SAMPLES),
        {
            "SAMPLE_WEBHOOK_URL": "http://127.0.0.1:1",
            "SAMPLE_MAILBOX_ADDRESS": "p@postbird.example",
        },
    ).providers,
    ids=lambda one: one.id,
)
def test_each_sample_provider_is_given_what_it_declares(provider: Any) -> None:
    """The shipped registry's providers get their own kinds of identifiers, which they can say."""
    assert set(minimal_locators(provider, EVERYTHING)) == provider.identifiers
    assert provider.identifiers <= expressible(provider.channel)


async def test_a_repeated_direction_is_one_direction_to_the_provider(line: ProtocolLine) -> None:
    """However often an activity is retried, the provider's book has one entry."""
    for _ in range(3):
        assert isinstance(await line.send(), Sent)
    assert line.book() == 1


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_provider_that_was_down_gets_it_later(line: ProtocolLine, status: int) -> None:
    """500 then 200: the failure is retryable and the next attempt arrives."""
    line.fail(status)
    with pytest.raises(SendingFailed) as caught:
        await line.send()
    assert caught.value.retryable
    assert isinstance(await line.send(), Sent)
    assert line.book() == 1


@pytest.mark.parametrize("status", [307, 404, 410])
async def test_a_final_refusal_is_told_as_final(line: ProtocolLine, status: int) -> None:
    """Nobody waits for what will not change by waiting; a redirect is refused, not followed."""
    line.fail(status)
    with pytest.raises(SendingFailed) as caught:
        await line.send()
    assert not caught.value.retryable


async def test_a_reminder_is_a_message_of_its_own_or_harmless(line: ProtocolLine) -> None:
    """A repeat after some days is sent, and never becomes a second order to a processor."""
    await line.send()
    assert isinstance(await line.send(reminder=1), Sent)


@pytest.mark.parametrize("protocol", sorted(HTTP_LINES))
async def test_private_addresses_are_refused_where_they_are_not_allowed(
    protocol: str, tmp_path: Path
) -> None:
    """In production no provider's address can lead inside, by whatever protocol."""
    async with HTTP_LINES[protocol](tmp_path, allowed=()) as line:
        with pytest.raises(SendingFailed) as caught:
            await line.send()
    assert (caught.value.code, line.recorder.wire) == ("private_address", b"")


async def test_what_happened_is_told_without_the_person(
    line: ProtocolLine, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither proof, nor failure, nor log carries an identifier."""
    caplog.set_level(logging.DEBUG)
    line.fail(400)
    with pytest.raises(SendingFailed) as caught:
        await line.send()
    sent = await line.send()
    told = "\n".join([repr(caught.value), repr(sent), sent.model_dump_json(), caplog.text])
    assert not [value for value in EVERYTHING.values() if value in told]


@pytest.mark.parametrize("switch", ["provider", "protocol", "everything"])
async def test_a_kill_switch_stops_sending_at_once(line: ProtocolLine, switch: str) -> None:
    """The operator's switch is read at each sending; when it is back, the direction goes out."""
    thrown = {
        "provider": Switches(providers=frozenset({"acme"})),
        "protocol": Switches(protocols=frozenset({line.provider.protocol})),
        "everything": Switches(everything=True),
    }
    line.switches[0] = thrown[switch]
    with pytest.raises(SendingPaused) as caught:
        await line.send()
    assert (caught.value.retryable, line.recorder.wire) == (True, b"")
    line.switches[0] = Switches(providers=frozenset({"other"}))
    assert isinstance(await line.send(), Sent)


@pytest.mark.parametrize("protocol", sorted(HTTP_LINES))
async def test_the_registry_pauses_a_protocol(protocol: str, tmp_path: Path) -> None:
    """``paused_protocols`` stops every provider of that protocol."""
    kind = "opendsr" if protocol in {"opendsr_2", "mparticle_3"} else protocol
    async with HTTP_LINES[protocol](tmp_path, extra=f"paused_protocols: [{kind}]\n") as line:
        with pytest.raises(SendingPaused, match="paused_protocols"):
            await line.send()


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, b""), ({}, b'{"status":"done"}'), ({"webhook-id": "x"}, b"\xff"), ({}, b"[" * 50_000)],
)
async def test_an_unsigned_callback_is_refused(
    line: ProtocolLine, headers: dict[str, str], body: bytes
) -> None:
    """No protocol believes a message that proves nothing."""
    with pytest.raises(CallbackRefused):
        await line.desk.verify("acme", headers, body, datetime.now(UTC))


@pytest.mark.parametrize("protocol", sorted(QUIET))
async def test_letters_are_asked_for_and_callbacks_refused(protocol: str) -> None:
    """Mail and manual send nothing themselves, ask for the right letter, and take no callback."""
    channel, address, printed = QUIET[protocol]
    registry = load_registry(registry_text(channel), "p.yaml", {})
    outgoing = Outgoing()
    desk = build_desk(registry, outgoing, Credentials({}))
    for notice in (NoticeKind.PROVIDER_DIRECTION, NoticeKind.THIRD_PARTY_NOTICE):
        wanted = await desk.send("acme", direction(notice=notice), NOW)
        assert wanted == LetterWanted(notice=notice, address=address, printed=printed)
    with pytest.raises(CallbackRefused):
        await desk.verify("acme", {}, b"{}", NOW)
    await outgoing.aclose()


async def test_a_direction_for_somebody_else_is_not_sent(line: ProtocolLine) -> None:
    """Another provider's direction, an unknown provider, no identifier at all: nothing goes out."""
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("acme", {"direction_id": "PR-0000-0000.other"}, "wrong_provider"),
        ("nobody", {}, "unknown_provider"),
        ("acme", {"locators": {}}, "no_identifier"),
    ]
    for provider, changes, code in wrong:
        with pytest.raises(SendingFailed) as caught:
            await line.desk.send(provider, line.direction(**changes), NOW)
        assert caught.value.code == code
    assert line.recorder.wire == b""


def test_the_switch_file_counts_at_once_and_fails_safe(tmp_path: Path) -> None:
    """No file stops nothing; what was written is read; a broken file stops everything."""
    switch = SwitchFile(tmp_path / "switches.yaml")
    stopped = Switches(providers=frozenset({"acme"}), protocols=frozenset({ProtocolKind.OPENDSR}))
    assert switch() == Switches()
    switch.write(stopped)
    assert switch() == stopped
    for broken in ("providers: [", "suppliers: [acme]", "- acme"):
        (tmp_path / "switches.yaml").write_text(broken)
        assert switch().everything
