"""What holds for every door: health, the API page, headers, and errors that give nothing away."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from domain.vocabulary import Language, PointOfIdentity, ProviderStanding, RequestType
from gateway.callback_docs import CALLBACK_DOCS, CALLBACK_EXAMPLES
from gateway.intake_docs import FILE_DOCS, STATUS_DOCS, SUBMISSION_EXAMPLES
from gateway.pages import catalogue
from gateway.parts import GatewayParts
from gateway.points import INPUTS
from gateway.problems import ALL_KINDS, ProblemDocument
from providers.protocol import ReasonCode
from tests.gateway.providers import signed
from tests.gateway.support import NOW, WatchedEngine, headers, post, problem


def keys(words: Any, prefix: str = "") -> set[str]:
    """Return every path in a catalogue."""
    if not isinstance(words, dict):
        return {prefix}
    return {path for name, inner in words.items() for path in keys(inner, f"{prefix}/{name}")}


async def test_the_process_lives(client: httpx.AsyncClient) -> None:
    """Liveness asks for nothing but an answer."""
    assert (await client.get("/health/live")).json() == {"alive": True}


async def test_readiness_names_what_is_missing(
    client: httpx.AsyncClient, engine: WatchedEngine, parts: GatewayParts
) -> None:
    """Without the engine the doors still work; without the database they do not."""
    ready = {"ready": True, "database": "ok", "policy": "ok", "engine": "ok"}
    assert (await client.get("/health/ready")).json() == ready
    engine.away = True
    without_engine = await client.get("/health/ready")
    assert (without_engine.status_code, without_engine.json()["engine"]) == (200, "missing")
    await parts.pool.close()
    without_database = await client.get("/health/ready")
    assert (without_database.status_code, without_database.json()["database"]) == (503, "missing")


async def test_the_api_page_needs_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    """It loads one style sheet and one icon of this server, and has every operation and problem."""
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'src="' not in page.text
    for path in (
        "/v1/requests",
        "/v1/requests/{request_id}",
        "/v1/providers/{provider_id}/callbacks",
        "/v1/opt-out/signal",
        "household[].consumer.email",
        "period.from",
    ):
        assert path in page.text
    for kind in ALL_KINDS:
        assert f'id="problem-{kind.name}"' in page.text
    for asset in ("/static/pages.css", "/static/icon.svg"):
        assert (await client.get(asset)).headers["cache-control"] == "public, max-age=3600"


async def test_the_openapi_document_is_whole(client: httpx.AsyncClient, app: FastAPI) -> None:
    """Every reference leads somewhere, every error is a problem document."""
    document = (await client.get("/openapi.json")).json()
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        if path.startswith("/health"):
            continue
        for operation in methods.values():
            errors = [answer for status, answer in operation["responses"].items() if status >= "4"]
            kinds = {kind for answer in errors for kind in answer["content"]}
            assert kinds <= {"application/problem+json"}, operation["operationId"]


@pytest.mark.parametrize("name", SUBMISSION_EXAMPLES)
async def test_the_documented_submissions_are_accepted(
    client: httpx.AsyncClient, name: str
) -> None:
    """Who copies an example from the API page gets 201."""
    response = await post(client, SUBMISSION_EXAMPLES[name]["value"], key=name)
    assert response.status_code == 201


@pytest.mark.parametrize("name", CALLBACK_EXAMPLES)
async def test_the_documented_callbacks_are_understood(
    client: httpx.AsyncClient, name: str
) -> None:
    """An example passes the protocol; only its direction does not exist."""
    body = json.dumps(CALLBACK_EXAMPLES[name]["value"]).encode()
    path = "/v1/providers/acme/callbacks"
    problem(await client.post(path, content=body, headers=signed(body, NOW)), 404)


def test_the_documented_problems_are_problems() -> None:
    """Examples of errors have the shape that errors have."""
    documents = TypeAdapter(list[ProblemDocument])
    for docs in (FILE_DOCS, STATUS_DOCS, CALLBACK_DOCS):
        answers = [answer for status, answer in docs["responses"].items() if status >= 400]
        contents = [answer["content"]["application/problem+json"] for answer in answers]
        assert documents.validate_python([content["example"] for content in contents])


def test_both_catalogues_have_the_same_words() -> None:
    """No page can lack a sentence in one language, nor a word of the vocabulary."""
    english, spanish = (catalogue(language) for language in (Language.ENGLISH, Language.SPANISH))
    assert keys(english) == keys(spanish)
    assert set(english["request"]["types"]) == {*RequestType}
    assert set(english["points"]["kinds"]) == {*PointOfIdentity} == set(INPUTS)
    assert set(english["provider"]["reasons"]) == {*ReasonCode}
    assert set(english["provider"]["standings"]) <= {*ProviderStanding}


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/nothing", "application/json", "application/problem+json"),
        ("/nothing", "text/html", "text/html; charset=utf-8"),
        ("/v1/nothing", "text/html", "application/problem+json"),
        ("/r/", "application/json", "text/html; charset=utf-8"),
    ],
)
async def test_errors_speak_to_who_reads_them(
    client: httpx.AsyncClient, path: str, accept: str, media_type: str
) -> None:
    """Programs get problem documents, people get pages."""
    response = await client.get(path, headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (404, media_type)


async def test_a_fault_gives_nothing_away(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither answer nor log quotes an exception; the log names its type and place."""

    def explode(*args: object) -> None:
        raise RuntimeError("canary ana.canary@example.com")

    monkeypatch.setattr("gateway.receiving.judge", explode)
    with capture_logs() as logs:
        response = await post(client)
    problem(response, 500)
    assert "canary" not in str(logs).lower()
    assert any(entry.get("fault") == "RuntimeError" for entry in logs)


async def test_logs_hold_no_token_and_no_body(client: httpx.AsyncClient) -> None:
    """A call is logged by its route."""
    with capture_logs() as logs:
        await client.get("/r/secret-token-of-a-link")
        await post(client)
    assert {entry.get("route") for entry in logs} == {"/r/{token}", "/v1/requests"}
    assert "secret-token" not in str(logs)
    assert "canary" not in str(logs).lower()


async def test_every_answer_is_guarded(client: httpx.AsyncClient) -> None:
    """Errors, JSON and pages carry the same headers and are not cached."""
    answers = [
        await client.get("/docs"),
        await client.get("/nothing"),
        await client.get("/v1/requests/x", headers=headers()),
        await post(client),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
