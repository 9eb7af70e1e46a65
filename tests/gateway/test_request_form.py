"""The request form asks for what the choice needs, files it once, and shows its number."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest

from domain.vocabulary import Language, Requester
from gateway.pages import catalogue
from gateway.parts import GatewayParts
from gateway.request_fields import CORRECTED_FIELDS
from gateway.wishes import ASKERS, GROUPS
from tests.gateway.support import Clock, WatchedEngine

POINTS = ("phone", "postal_address", "birth_date", "customer_number", "order_number")
ANA = {"name": "Ana Ruiz", "email": "ana@example.com"}
PAT = {"agent_name": "Pat Doe", "agent_email": "pat@example.com"}


def address(*wishes: str, who: str = "consumer", lang: str = "en") -> str:
    """Return the address of the second page for a choice."""
    return "/request?" + urlencode([("lang", lang), *(("want", w) for w in wishes), ("who", who)])


async def fields_of(client: httpx.AsyncClient, *wishes: str, who: str = "consumer") -> set[str]:
    """Name what the second page asks, its own means aside."""
    page = await client.get(address(*wishes, who=who))
    assert page.status_code == 200, page.text
    named = set(re.findall(r'name="([a-z_0-9]+)"', page.text.partition("<form")[2]))
    return named - {"nonce", "website", "action", "corrections"}


async def send(
    client: httpx.AsyncClient,
    *wishes: str,
    who: str = "consumer",
    lang: str = "en",
    **typed: str,
) -> httpx.Response:
    """Fill in the second page and send it."""
    data = {"action": "send", "nonce": "n1", **typed}
    return await client.post(address(*wishes, who=who, lang=lang), data=data)


async def stored(owner: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """Return every request."""
    rows: Sequence[asyncpg.Record] = await owner.fetch(
        "SELECT * FROM privacy.request ORDER BY request_types, request_id"
    )
    return rows


async def kept(parts: GatewayParts, owner: asyncpg.Connection) -> list[dict[str, Any]]:
    """Open what is in the vault for every request."""
    rows = await stored(owner)
    return [json.loads(await parts.vault.get(owner, r["request_id"], "submission")) for r in rows]


async def test_the_first_page_offers_every_right_and_ticks_none(client: httpx.AsyncClient) -> None:
    """Every choice stands there with an explanation, and the reader makes it (PRN-07)."""
    page = (await client.get("/request")).text
    for _, group in GROUPS:
        for right in group:
            assert f'value="{right.value}"' in page
    for asker in ASKERS:
        assert f'value="{asker.value}"' in page
    assert "checked" not in page
    assert "selected" not in page


@pytest.mark.parametrize(
    ("query", "missing"),
    [("go=1", 2), ("go=1&want=delete", 1), ("go=1&who=consumer", 1), ("go=1&want=x&who=y", 1)],
)
async def test_an_incomplete_choice_is_named(
    client: httpx.AsyncClient, query: str, missing: int
) -> None:
    """The first page comes again with a message, and what was ticked stays ticked."""
    page = await client.get(f"/request?{query}")
    assert page.status_code == 422
    assert page.text.count('class="wrong-text"') == missing
    assert page.text.count("checked") == ("want=delete" in query) + ("who=consumer" in query)


@pytest.mark.parametrize(
    ("wishes", "who", "asked"),
    [
        (("marketing_opt_out",), "consumer", {"email"}),
        (("opt_out_sale_sharing", "limit_spi"), "consumer", {"email"}),
        (("opt_out_sale_sharing",), "parent", {"agent_name", "agent_email"}),
        (("opt_in_after_opt_out",), "consumer", {"name", "email", "residency", "message"}),
        (
            ("testimonial_change",),
            "consumer",
            {"name", "email", "residency", "message", "testimonial"},
        ),
        (("delete",), "consumer", {"name", "email", "residency", "message", *POINTS}),
        (
            ("know_both", "delete"),
            "consumer",
            {"name", "email", "residency", "message", "period", "from", "to", *POINTS},
        ),
        (
            ("delete",),
            "parent",
            {"agent_name", "agent_email", "name", "residency", "message", *POINTS},
        ),
        (
            ("delete",),
            "agent_signed",
            {*PAT, "agent_entity", "name", "email", "residency", "message", "document", *POINTS},
        ),
        (
            ("correct",),
            "consumer",
            {"name", "email", "residency", "message", "document", *POINTS}
            | {"field_1", "held_1", "claimed_1", "grounds_1"},
        ),
    ],
)
async def test_each_choice_is_asked_what_it_needs_and_no_more(
    client: httpx.AsyncClient, wishes: tuple[str, ...], who: str, asked: set[str]
) -> None:
    """An opt-out is an address; a deletion needs details, of which the page says how many."""
    assert await fields_of(client, *wishes, who=who) == asked


@pytest.mark.parametrize(
    ("wish", "who", "sentence"),
    [
        ("delete", "consumer", "Any 2 that you know are enough"),
        ("know_categories", "consumer", "One that you know is enough"),
        ("delete", "parent", "One that you know is enough"),
    ],
)
async def test_the_page_says_how_many_details_are_enough(
    client: httpx.AsyncClient, wish: str, who: str, sentence: str
) -> None:
    """The confirmed address counts as one, and so does a child's day of birth (VER-19)."""
    assert sentence in (await client.get(address(wish, who=who))).text


async def test_a_request_is_filed_and_shows_its_number(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    parts: GatewayParts,
    engine: WatchedEngine,
) -> None:
    """One request per right; the browser is sent to a page that can be opened again."""
    sent = await send(client, "know_both", "delete", lang="es", residency="CA", phone="1", **ANA)
    assert sent.status_code == 303
    page = await client.get(sent.headers["location"])
    know, delete = await stored(owner)
    assert "Su solicitud se envió" in page.text
    for row in (know, delete):
        assert row["request_id"] in page.text
        assert (row["client"], row["channel"], row["language"]) == (
            "request-form",
            "web_form",
            "es",
        )
    assert know["linked"] == [delete["request_id"]]
    assert sorted(engine.started) == sorted([know["request_id"], delete["request_id"]])
    assert "ana@example.com" not in page.text
    assert {one["consumer"]["email"] for one in await kept(parts, owner)} == {"ana@example.com"}
    assert {str(one["points"]) for one in await kept(parts, owner)} == {"{'phone': '1'}"}


async def test_a_second_click_files_nothing_more(
    client: httpx.AsyncClient, owner: asyncpg.Connection, clock: Clock
) -> None:
    """The same form again is the same request; a changed one is another."""
    first = await send(client, "delete", **ANA)
    clock.move(timedelta(minutes=1))
    again = await send(client, "delete", **ANA)
    changed = await send(client, "delete", message="and quickly", **ANA)
    pages = [(await client.get(one.headers["location"])).text for one in (first, again, changed)]
    numbers = [re.findall(r"PR-\w{4}-\w{4}", page)[0] for page in pages]
    assert numbers[0] == numbers[1] != numbers[2]
    assert len(await stored(owner)) == 2


async def test_everything_that_was_typed_arrives(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """Agent, period and corrections stand in the submission as they were meant."""
    typed = {
        "agent_entity": "yes",
        "period": "range",
        "from": "2025-01-01",
        "to": "2025-12-31",
        "corrections": "3",
        "field_1": "phone",
        "claimed_1": "+1 415 555 0199",
        "field_3": "job_title",
        "held_3": "Clerk",
        "claimed_3": "Manager",
        "grounds_3": "Since May.",
        "message": "Thank you",
    }
    sent = await send(client, "know_both", "correct", who="agent_signed", **ANA, **PAT, **typed)
    assert sent.status_code == 303
    by_type = {one["request_types"][0]: one for one in await kept(parts, owner)}
    agent = {"name": "Pat Doe", "email": "pat@example.com", "entity": True}
    assert all(one["agent"] == agent for one in by_type.values())
    assert by_type["know_both"]["period"] == {"from": "2025-01-01", "to": "2025-12-31"}
    assert by_type["correct"]["corrections"] == [
        {"field": "phone", "claimed": "+1 415 555 0199"},
        {"field": "job_title", "held": "Clerk", "claimed": "Manager", "grounds": "Since May."},
    ]


async def test_a_childs_letters_go_to_the_parent(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """The child is named and its age known; the parent's address is the one that is written to."""
    sent = await send(
        client, "delete", who="parent", name="Mia Doe", birth_date="2016-05-01", **PAT
    )
    assert sent.status_code == 303
    (child,) = await kept(parts, owner)
    assert child["consumer"] == {"name": "Mia Doe", "email": "pat@example.com"}
    assert child["agent"]["name"] == "Pat Doe"
    assert child["birth_date"] == "2016-05-01"
    assert child["points"] == {"birth_date": "2016-05-01"}
    assert child["requester"] == Requester.PARENT


@pytest.mark.parametrize(
    ("wish", "typed", "fields"),
    [
        ("delete", {}, ["name", "email"]),
        ("delete", {"name": "Ana", "email": "ana@"}, ["email"]),
        ("delete", {**ANA, "phone": "9" * 201}, ["phone"]),
        ("delete", {**ANA, "birth_date": "31.12.1980"}, ["birth_date"]),
        ("delete", {**ANA, "message": "x" * 4001}, ["message"]),
        ("delete", {"name": "A\x00b", "email": "ana@example.com"}, ["name"]),
        ("know_both", {**ANA, "period": "range"}, ["from", "to"]),
        ("know_both", {**ANA, "from": "2025-02-01", "to": "2025-01-01"}, ["to"]),
        ("correct", ANA, ["field_1", "claimed_1"]),
        ("correct", {**ANA, "field_1": "canary", "claimed_1": "x"}, ["field_1"]),
        ("testimonial_change", ANA, ["testimonial"]),
    ],
)
async def test_what_is_to_be_mended_is_named_and_nothing_is_lost(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    wish: str,
    typed: dict[str, str],
    fields: list[str],
) -> None:
    """422, each fault linked to its field and told beside it; what was typed stays."""
    page = await send(client, wish, **typed)
    assert page.status_code == 422
    assert re.findall(r'<li><a href="#(\w+)">', page.text) == fields
    assert re.findall(r'id="(\w+)-fault"', page.text) == fields
    assert page.text.count('aria-invalid="true"') == len(fields)
    if typed.get("name") == "Ana Ruiz":
        assert 'value="Ana Ruiz"' in page.text
    assert await stored(owner) == []


async def test_rows_for_corrections_are_added_without_a_script(client: httpx.AsyncClient) -> None:
    """The page comes again with one row more, what was typed in it, and no complaint."""
    typed = {"corrections": "1", "field_1": "phone", "claimed_1": "1"}
    page = await send(client, "correct", **ANA | typed | {"action": "more"})
    assert page.status_code == 200
    assert 'name="claimed_2"' in page.text
    assert '<option value="phone" selected>' in page.text
    last = await send(client, "correct", **ANA | {"corrections": "4", "action": "more"})
    assert 'name="claimed_5"' in last.text
    assert 'value="more"' not in last.text


async def test_a_machine_fills_the_trap_and_a_person_is_shown_it(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Nothing is filed, and whoever is no machine sees what to do, so no request is lost."""
    page = await send(client, "delete", website="https://spam.example", **ANA)
    assert page.status_code == 422
    assert "Leave this field empty" in page.text
    assert 'aria-hidden="true"' not in page.text
    assert await stored(owner) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://privacy.example.com"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_only_our_own_page_sends_the_form(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    """A form that another site sends in a visitor's name is refused."""
    sent = await client.post(address("delete"), data={"action": "send", **ANA}, headers=headers)
    assert sent.status_code == status


async def test_one_address_is_not_flooded(
    client: httpx.AsyncClient, owner: asyncpg.Connection, clock: Clock
) -> None:
    """After so many requests in an hour, no more letters go to one mail address by this form."""
    answers = []
    for number in range(6):
        answers.append(await send(client, "delete", message=f"{number}", **ANA))
        clock.move(timedelta(seconds=30))
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 60
    other = await send(client, "delete", name="Leo", email="leo@example.com")
    assert other.status_code == 303


async def test_one_visitor_sends_so_many_a_minute(client: httpx.AsyncClient) -> None:
    """A machine that fills in forms is slowed down (VER-13)."""
    answers = [
        await send(client, "delete", name="Ana", email=f"ana{number}@example.com")
        for number in range(11)
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]


@pytest.mark.parametrize("note", ["x", "x.y", "." + "0" * 64, "MTIz." + "0" * 64])
async def test_a_note_that_is_not_ours_shows_nothing(client: httpx.AsyncClient, note: str) -> None:
    """Nobody can have a number shown that they were not given."""
    page = await client.get(f"/request/sent/{note}")
    assert page.status_code == 404
    assert "There is nothing to show here" in page.text


async def test_the_number_is_shown_for_a_day(client: httpx.AsyncClient, clock: Clock) -> None:
    """After that the letter is where it stands."""
    sent = await send(client, "delete", **ANA)
    clock.move(timedelta(hours=23))
    assert (await client.get(sent.headers["location"])).status_code == 200
    clock.move(timedelta(hours=2))
    assert (await client.get(sent.headers["location"])).status_code == 404


async def test_both_kinds_of_knowing_are_one_request(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The categories are part of the copy, and only two in a year are free (FRQ-01)."""
    await send(client, "know_categories", "know_both", **ANA)
    assert [row["request_types"] for row in await stored(owner)] == [["know_both"]]


async def test_the_form_keeps_no_cookie_and_needs_no_script(client: httpx.AsyncClient) -> None:
    """Nothing is left in the browser, and nothing of the page comes from elsewhere."""
    sent = await send(client, "delete", **ANA)
    for page in (
        await client.get("/request"),
        await client.get(address("delete")),
        sent,
        await client.get(sent.headers["location"]),
    ):
        assert "set-cookie" not in page.headers
        assert "<script" not in page.text
        assert "//" not in re.sub(r'href="https://\S+"|mailto:\S+', "", page.text)


def test_every_choice_has_its_words() -> None:
    """No page can lack the name of what it offers."""
    words = catalogue(Language.ENGLISH)["request_form"]
    assert set(words["wants"]) == {right.value for _, group in GROUPS for right in group}
    assert set(words["askers"]) == {asker.value for asker in ASKERS}
    assert set(words["corrected"]) == {*CORRECTED_FIELDS}
