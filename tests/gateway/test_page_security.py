"""Pages of people hold against framing, scripts, foreign forms, guessing, and leaks of links."""

import re

import asyncpg
import httpx
import pytest

from domain import policies
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from tests.gateway.support import NOW, filed_request, token_for, write_letter

FORMS = (
    "/request?want=delete&who=consumer",
    "/my-request",
    "/my-request/details",
    "/my-request/withdraw",
    "/my-request/documents",
    "/my-request/delivery",
    "/my-request/fee",
    "/my-request/package",
    "/my-request/link",
    "/my-request/leave",
)
NEEDS = {"needs": ["confirm_address", "more_points", "declaration"]}


@pytest.fixture
async def tokens(parts: GatewayParts, owner: asyncpg.Connection) -> dict[LinkPurpose, str]:
    """Send one link of every purpose of consumers."""
    request_id = await filed_request(parts, request_types=["know_specific"])
    await write_letter(owner, request_id, NEEDS)
    purposes = (
        LinkPurpose.CONFIRM,
        LinkPurpose.RESPOND,
        LinkPurpose.DISOWN,
        LinkPurpose.STATUS,
        LinkPurpose.PACKAGE,
    )
    return {purpose: await token_for(owner, request_id, purpose) for purpose in purposes}


async def every_page(
    client: httpx.AsyncClient, tokens: dict[LinkPurpose, str]
) -> dict[str, httpx.Response]:
    """Open every page that a consumer can see, by every link, then within a visit."""
    paths = ["/request", *FORMS, "/opt-out", "/request/later/x", "/request/sent/x"]
    letters = [f"/r/{token}" for token in tokens.values()] + [f"/d/{tokens[LinkPurpose.PACKAGE]}"]
    pages = {path: await client.get(path) for path in letters}
    await client.post(f"/r/{tokens[LinkPurpose.STATUS]}", data={"action": "open"})
    return pages | {path: await client.get(path) for path in paths}


async def test_no_page_can_be_framed_runs_a_script_or_is_kept(
    client: httpx.AsyncClient, tokens: dict[LinkPurpose, str]
) -> None:
    """CSP, X-Frame-Options and no-store on each; nothing of a page breaks the policy itself."""
    for path, page in (await every_page(client, tokens)).items():
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "form-action 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert page.headers["x-frame-options"] == "DENY", path
        assert page.headers["x-content-type-options"] == "nosniff", path
        assert page.headers["cache-control"] == "no-store", path
        assert not re.search(r"<script|\son\w+=|style=|javascript:", page.text), path


async def test_no_link_leaks_to_another_site(
    client: httpx.AsyncClient, tokens: dict[LinkPurpose, str]
) -> None:
    """What leads elsewhere carries no Referer; pages of a visit hold no token at all."""
    pages = await every_page(client, tokens)
    for path, page in pages.items():
        assert page.headers["referrer-policy"] in {"no-referrer", "same-origin"}, path
        others = {token for token in tokens.values() if token not in path}
        assert not [token for token in others if token in page.text], path
        for address in re.findall(r'(?:src|href)="(https?://[^"]+)"', page.text):
            assert address == policies.in_force_at(NOW).business.privacy_policy_url, path


async def test_no_other_site_sends_a_form(
    client: httpx.AsyncClient, tokens: dict[LinkPurpose, str]
) -> None:
    """Whatever cookie the browser has, a form from elsewhere is refused."""
    await client.post(f"/r/{tokens[LinkPurpose.STATUS]}", data={"action": "open"})
    for path in FORMS:
        for sent in ({"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            answer = await client.post(path, data={"x": "1"}, headers=sent)
            assert answer.status_code == 403, path


async def test_guesses_are_all_alike_and_soon_too_many(
    client: httpx.AsyncClient, tokens: dict[LinkPurpose, str]
) -> None:
    """An unknown link says the same as one of another purpose; whoever tries on must wait."""
    wrong = await client.get(f"/r/{tokens[LinkPurpose.PACKAGE]}")
    unknown = await client.get("/r/" + "A" * 43)
    texts = [page.text.replace(str(page.url.path), "") for page in (wrong, unknown)]
    assert wrong.status_code == unknown.status_code == 404
    assert texts[0] == texts[1]
    answers = [await client.get(f"/r/{number}") for number in range(80)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_no_page_is_made_to_lead_to_another_site(client: httpx.AsyncClient) -> None:
    """A path that looks like another site's address becomes no link to it."""
    for path in ("//evil.example/x", "///evil.example", "/%2F/evil.example"):
        url = httpx.URL("https://privacy.example.com").copy_with(raw_path=path.encode())
        page = await client.get(url, headers={"accept": "text/html"})
        links = re.findall(r'(?:href|action)="([^"]+)"', page.text)
        assert links
        assert not [link for link in links if link.startswith("//")]
