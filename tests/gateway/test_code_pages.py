"""The page where the code of a letter on paper is typed: it leads to the link's own page."""

from datetime import timedelta

import asyncpg
import httpx
import pytest

from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import tokens
from tests.gateway.support import FORM_HEADERS, NOW, filed_request

EXPIRES = NOW + timedelta(days=14)


@pytest.fixture
async def code(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """Print a letter with a code."""
    request_id = await filed_request(parts)
    return await tokens.issue(
        owner, request_id, request_id, LinkPurpose.DISOWN, EXPIRES, 2, printed=True
    )


async def test_a_typed_code_opens_the_page_of_its_link(
    client: httpx.AsyncClient, code: str
) -> None:
    """Dashes, blanks, small letters and look-alikes do not matter; typing uses nothing up."""
    grouped = tokens.in_groups(code)
    mistyped = f" {grouped.lower().replace('0', 'o').replace('1', 'l')} "
    for text in (code, grouped, mistyped, grouped.replace("-", " ")):
        answer = await client.post("/c", content=f"code={text}", headers=FORM_HEADERS)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{code}")
    page = await client.get(f"/c/{grouped}", follow_redirects=True)
    assert page.status_code == 200
    assert "not_me" in page.text


async def test_an_unknown_code_is_asked_for_again(client: httpx.AsyncClient) -> None:
    """Nothing tells how near a guess came, in either language."""
    for language, sentence in (("en", "We do not know this code"), ("es", "No conocemos")):
        answer = await client.post(
            f"/c?lang={language}", content="code=0000-0000-0000", headers=FORM_HEADERS
        )
        assert answer.status_code == 422
        assert sentence in answer.text


async def test_guessing_is_slowed_down(client: httpx.AsyncClient, parts: GatewayParts) -> None:
    """A network address has a few tries a minute."""
    tries = parts.settings.forms_per_minute + 1
    answers = [await client.get(f"/c/0000-0000-{n:04}") for n in range(tries)]
    assert [answer.status_code for answer in answers] == [422] * (tries - 1) + [429]


def test_codes_are_long_and_without_look_alikes() -> None:
    """Twelve characters of an alphabet of 32, none of them misread (60 bits)."""
    assert tokens.typed("7k3m 9qxz-1abc") == "7K3M9QXZ1ABC"
    assert tokens.in_groups("7K3M9QXZ1ABC") == "7K3M-9QXZ-1ABC"
