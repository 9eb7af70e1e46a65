"""`privacy providers`: what a check finds, and what the commands print."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from starlette.requests import Request
from starlette.responses import Response
from typer.testing import CliRunner

from providers.checking import Check, Finding, Verdict, look_at_all
from providers.credentials import Credentials
from providers.desk import build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.registry import load_registry
from providers.switches import SWITCH_FILE, Switches, SwitchFile
from tests.providers.fakes.authority import Authority, pem, rsa_key
from tests.providers.lines import HTTP_LINES
from tests.providers.support import (
    SECRET,
    Serve,
    application,
    client_tls,
    registry_text,
    to_loopback,
    webhook_registry,
)
from workers.cli_providers import app

DATA_MAP = "samples/business/datamap.yaml"
MAIL = "{protocol: mail, address: privacy@acme.example}"
IN_THE_MAP = registry_text(MAIL).replace("[shop.customer]", "[shop.customers]")


async def looked(text: str, secrets: dict[str, str], outgoing: Outgoing) -> dict[str, Finding]:
    """Return the findings about a registry's one provider, by subject."""
    credentials = Credentials(secrets)
    registry = load_registry(text, "p.yaml", {})
    desk = build_desk(registry, outgoing, credentials)
    check = Check(desk, outgoing, credentials, lambda: datetime.now(UTC))
    (findings,) = await look_at_all(check, registry.providers)
    return {finding.subject: finding for finding in findings}


def bad(findings: dict[str, Finding]) -> list[str]:
    """Name the subjects that were found bad."""
    return [subject for subject, finding in findings.items() if finding.verdict is Verdict.BAD]


def channel(endpoint: str) -> str:
    """Return a webhook channel."""
    return f"{{protocol: standard_webhooks, endpoint: '{endpoint}', signing_secrets: ['env:S']}}"


@pytest.mark.parametrize("protocol", sorted(HTTP_LINES))
async def test_a_provider_in_order_is_found_so_without_telling_it_anything(
    protocol: str, tmp_path: Path
) -> None:
    """Nothing bad is found, and no request is made of the provider: no body reaches it."""
    async with HTTP_LINES[protocol](tmp_path) as line:
        outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
        credentials = Credentials(
            {"SECRET": SECRET, "AUTH": "Basic eDp5", "KEY": _private_key("business")}
        )
        check = Check(line.desk, outgoing, credentials, lambda: datetime.now(UTC))
        (findings,) = await look_at_all(check, line.desk.registry.providers)
        await outgoing.aclose()
        assert [one for one in findings if one.verdict is Verdict.BAD] == []
        assert b"@" not in line.recorder.wire
        assert line.book() == 0


def _private_key(name: str) -> str:
    key = rsa_key(name)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("secrets", "told"),
    [
        ({}, "env:S is not set"),
        ({"S": "s3cr3t"}, "write the secret as whsec_"),
        ({"S": ""}, "empty"),
    ],
)
async def test_a_secret_that_cannot_work_is_named_and_not_shown(
    outgoing: Outgoing, secrets: dict[str, str], told: str
) -> None:
    """The reference is named, the value is not."""
    found = await looked(registry_text(channel("http://127.0.0.1:1")), secrets, outgoing)
    assert told in found["secret env:S"].text
    assert "s3cr3t" not in found["secret env:S"].text
    assert bad(found) == ["secret env:S", "address"]


async def test_a_clock_that_is_off_is_found(serve: Serve, outgoing: Outgoing) -> None:
    """Ten minutes would make every signature stale."""

    async def slow_clock(request: Request) -> Response:
        then = datetime.now(UTC) - timedelta(minutes=10)
        return Response(headers={"date": format_datetime(then, usegmt=True)})

    url = await serve(application({"/": slow_clock}), date_header=False)
    found = await looked(registry_text(channel(url)), {"S": SECRET}, outgoing)
    assert bad(found) == ["clock"]


async def test_a_contract_that_lacks_terms_makes_a_third_party(outgoing: Outgoing) -> None:
    """What is missing is named, as a note and not as a fault (SVC-04)."""
    text = registry_text(MAIL).replace("no_combining, ", "")
    found = await looked(text, {}, outgoing)
    assert found["contract"].verdict is Verdict.NOTE
    assert "lacks no_combining" in found["contract"].text
    assert bad(found) == []


@pytest.fixture
async def tls(serve: Serve, tmp_path: Path) -> AsyncIterator[tuple[Outgoing, int]]:
    """Serve HTTPS as vendor.example; gives a client that trusts its authority, and the port."""
    now = datetime.now(UTC)
    authority, key = Authority(now), rsa_key("vendor")
    certificate = authority.issue(key, ["vendor.example"], life=timedelta(days=12))
    (tmp_path / "leaf.pem").write_bytes(pem(certificate))
    (tmp_path / "key.pem").write_text(_private_key("vendor"))

    async def handler(request: Request) -> Response:
        return Response()

    url = await serve(
        application({"/": handler}),
        ssl_certfile=str(tmp_path / "leaf.pem"),
        ssl_keyfile=str(tmp_path / "key.pem"),
    )
    context = client_tls(authority.write(tmp_path))
    client = Outgoing(LOOPBACK, tls=context, resolver=to_loopback)
    yield client, int(url.rpartition(":")[2])
    await client.aclose()


async def test_the_certificate_is_checked_for_the_name_and_not_the_address(
    tls: tuple[Outgoing, int],
) -> None:
    """Though the connection goes to an address, TLS must be for the host that was written."""
    client, port = tls
    found = await looked(registry_text(channel(f"https://vendor.example:{port}")), {}, client)
    assert found["address"].verdict is Verdict.GOOD
    assert found["certificate"].verdict is Verdict.NOTE
    assert "valid until" in found["certificate"].text
    for other in ("other.example", "127.0.0.1"):  # at the same address, after a good call
        text = registry_text(channel(f"https://{other}:{port}"))
        assert "TLS did not agree" in (await looked(text, {}, client))["address"].text


def command(*arguments: str, folder: Path, text: str = IN_THE_MAP) -> Any:
    """Run `privacy providers …` over a registry."""
    (folder / "providers.yaml").write_text(text)
    variables = {
        "PRIVACY_PROVIDERS": str(folder / "providers.yaml"),
        "PRIVACY_DATA_MAP": DATA_MAP,
        "PRIVACY_VAR_DIR": str(folder / "var"),
        "PRIVACY_ENV_FILE": str(folder / "none"),
        "S": "not a secret",
    }
    return CliRunner().invoke(app, list(arguments), env=variables)


def test_check_says_what_is_wrong_by_its_exit_code(tmp_path: Path) -> None:
    """A good registry ends with 0, a bad provider with 1, a broken file or a wrong id with 2."""
    assert command("check", folder=tmp_path).exit_code == 0
    unreachable = IN_THE_MAP.replace(MAIL, channel("https://127.0.0.1:1"))
    refused = command("check", "acme", folder=tmp_path, text=unreachable)
    assert (refused.exit_code, "BAD  address" in refused.output) == (1, True)
    assert command("check", "nobody", folder=tmp_path).exit_code == 2
    broken = command("check", folder=tmp_path, text="providers: [")
    assert (broken.exit_code, "providers.yaml:1" in broken.output) == (2, True)


def test_a_collection_that_the_data_map_lacks_is_found(tmp_path: Path) -> None:
    """A provider that is linked to nothing would never be told."""
    checked = command("check", folder=tmp_path, text=registry_text(MAIL))
    assert checked.exit_code == 1
    assert "BAD  data map: has no shop.customer;" in checked.output


def test_list_names_every_provider(tmp_path: Path) -> None:
    """Kind, protocol and notice of each stand in a table."""
    listed = command("list", folder=tmp_path)
    assert listed.exit_code == 0
    assert "notice:         N-14" in listed.output


def test_pause_and_resume_turn_the_switch(tmp_path: Path) -> None:
    """What is paused is in the operators' file until it is resumed; nonsense is refused."""
    switch = SwitchFile(tmp_path / "var" / SWITCH_FILE)
    assert command("pause", "acme", folder=tmp_path).exit_code == 0
    assert command("pause", "--protocol", "opendsr", folder=tmp_path).exit_code == 0
    assert switch().providers == {"acme"}
    assert "sending:        Sending to acme was stopped" in command("list", folder=tmp_path).output
    assert command("resume", "acme", folder=tmp_path).exit_code == 0
    assert command("resume", "--protocol", "opendsr", folder=tmp_path).exit_code == 0
    assert switch() == Switches()
    for nonsense in (["pause"], ["pause", "nobody"], ["pause", "acme", "--protocol", "ddrf"]):
        assert command(*nonsense, folder=tmp_path).exit_code == 2


def test_simulate_tells_why_nothing_was_sent(tmp_path: Path) -> None:
    """A provider that is down leaves the rehearsal not green, with the reason."""
    text = registry_text(channel("https://127.0.0.1:1")).replace("env:S", "env:NOT_SET")
    told = command("simulate", "acme", "--wait", "1", folder=tmp_path, text=text)
    assert told.exit_code == 1
    assert "env:NOT_SET is not set" in told.output


def test_the_public_key_for_dsrdelete_json_is_printed(tmp_path: Path) -> None:
    """The public half only, under its kid; a provider of another protocol has none."""
    (tmp_path / "key.pem").write_text(_private_key("business"))
    text = registry_text(
        f"{{protocol: ddrf, domain: ad.example, issuer: b.example, key_id: k1, "
        f"signing_key: 'file:{tmp_path}/key.pem'}}"
    ).replace("[email, customer_number]", "[email]")
    printed = command("public-key", "acme", folder=tmp_path, text=text)
    assert printed.exit_code == 0
    assert '"kid": "k1"' in printed.output
    assert '"d"' not in printed.output
    assert command("public-key", "acme", folder=tmp_path).exit_code == 2


async def test_a_provider_that_hangs_does_not_hold_up_the_others(
    serve: Serve, outgoing: Outgoing
) -> None:
    """Providers are looked at together."""

    async def hangs(request: Request) -> Response:
        await asyncio.sleep(0.4)
        return Response()

    url = await serve(application({"/": hangs}))
    credentials = Credentials({"SECRET": SECRET})
    registry = webhook_registry(url)
    many = tuple(registry.providers[0].model_copy(update={"id": f"p{n}"}) for n in range(5))
    check = Check(
        build_desk(registry, outgoing, credentials),
        outgoing,
        credentials,
        lambda: datetime.now(UTC),
    )
    begun = asyncio.get_running_loop().time()
    assert len(await look_at_all(check, many)) == 5
    assert asyncio.get_running_loop().time() - begun < 1.5
