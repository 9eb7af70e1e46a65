"""The description of the API is true: every example answers as it says, and nothing breaks it."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from activities.status_webhooks import STATUS_CHANGED, body_of
from gateway.intake_docs import SUBMISSION_EXAMPLES
from gateway.parts import GatewayParts
from gateway.signal_docs import SIGNAL_EXAMPLES
from gateway.webhook_docs import WEBHOOK_EXAMPLE
from records.requests import find
from records.webhooks import status_facts
from tests.gateway.support import API_KEY, headers, post

EXAMPLES_EACH = 50


def schema_of(app: FastAPI, model: str) -> dict[str, Any]:
    """Return a schema of the document that stands by itself."""
    document = app.openapi()
    return {"$ref": f"#/components/schemas/{model}", "components": document["components"]}


def answer_schema(app: FastAPI, path: str, method: str, status: int) -> dict[str, Any]:
    """Return what the document promises of an answer's body."""
    operation = app.openapi()["paths"][path][method]
    (content,) = operation["responses"][str(status)]["content"].values()
    return {**content["schema"], "components": app.openapi()["components"]}


def conforms(schema: dict[str, Any], body: object) -> bool:
    """Tell whether a body is as its schema says."""
    Draft202012Validator(schema).validate(body)
    return True


@pytest.mark.parametrize("name", SUBMISSION_EXAMPLES)
async def test_every_submission_is_answered_as_documented(
    client: httpx.AsyncClient, app: FastAPI, name: str
) -> None:
    """Sent as it stands: 201 first, 200 the second time, then a status; each by its schema."""
    body = SUBMISSION_EXAMPLES[name]["value"]
    for status in (201, 200):
        answer = await post(client, body, key=name)
        assert answer.status_code == status
        assert conforms(answer_schema(app, "/v1/requests", "post", status), answer.json())
    asked = await client.get(answer.json()["status_url"], headers=headers())
    schema = answer_schema(app, "/v1/requests/{request_id}", "get", 200)
    assert conforms(schema, asked.json())
    etag = {"If-None-Match": asked.headers["etag"]}
    unmoved = await client.get(answer.json()["status_url"], headers=headers() | etag)
    assert (unmoved.status_code, unmoved.content) == (304, b"")


@pytest.mark.parametrize("name", SIGNAL_EXAMPLES)
async def test_every_signal_is_answered_as_documented(
    client: httpx.AsyncClient, app: FastAPI, name: str
) -> None:
    """A request the first time, the same one afterwards (OPT-05)."""
    sent = {"X-API-Key": API_KEY, "Sec-GPC": "1"}
    for status in (201, 200):
        body = SIGNAL_EXAMPLES[name]["value"]
        answer = await client.post("/v1/opt-out/signal", json=body, headers=sent)
        assert answer.status_code == status
        schema = answer_schema(app, "/v1/opt-out/signal", "post", status)
        assert conforms(schema, answer.json())


async def test_every_documented_problem_is_one(app: FastAPI) -> None:
    """The examples of errors are problem documents of the status that they stand at."""
    schema = schema_of(app, "ProblemDocument")
    for methods in app.openapi()["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                example = answer.get("content", {}).get("application/problem+json", {})
                if example:
                    assert conforms(schema, example["example"])
                    assert example["example"]["status"] == int(status)


async def test_a_webhook_is_what_the_document_says(
    client: httpx.AsyncClient, app: FastAPI, parts: GatewayParts
) -> None:
    """The example and what a worker really sends have the same fields and the same schema."""
    filed = (await post(client)).json()
    async with parts.pool.acquire() as conn:
        row = await find(conn, filed["request_id"])
    assert row is not None
    body = body_of(STATUS_CHANGED, datetime.now(UTC), {**status_facts(row), "sequence": 1})
    for message in (WEBHOOK_EXAMPLE, json.loads(body)):
        assert conforms(schema_of(app, "StatusChanged"), message)
    assert json.loads(body)["data"].keys() == WEBHOOK_EXAMPLE["data"].keys()


async def test_whatever_is_sent_to_the_api_it_does_not_fail(app: FastAPI) -> None:
    """Hundreds of good and broken calls made from the description: no 5xx, no undeclared answer."""
    loop = asyncio.get_running_loop()
    found: Any = schemathesis.openapi.from_dict(app.openapi()).get_all_operations()
    operations = [one.ok() for one in found]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="https://privacy.example.com",
    ) as client:

        def send(case: Any) -> Future[httpx.Response]:
            return asyncio.run_coroutine_threadsafe(client.send(_request(client, case)), loop)

        for operation in operations:
            await asyncio.to_thread(explore, operation, send)


def explore(operation: Any, send: Callable[[Any], Future[httpx.Response]]) -> None:
    """Send cases made from one operation's description; called beside the loop that serves."""
    declared = operation.definition.raw["responses"]

    @bounds(
        max_examples=EXAMPLES_EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers_as_declared(case: Any) -> None:
        status = send(case).result(10).status_code
        assert status < 500
        assert str(status) in declared, (status, case.method, case.path)

    answers_as_declared()


def _request(client: httpx.AsyncClient, case: Any) -> httpx.Request:
    given_headers = {
        name: value.encode("utf-8", "replace") for name, value in (case.headers or {}).items()
    }
    sent = {"X-API-Key": API_KEY.encode(), **given_headers}
    body = case.body if case.body.__class__.__name__ != "NotSet" else None
    return client.build_request(
        case.method,
        case.formatted_path,
        headers=sent,
        params=dict(case.query or {}),
        json=body,
    )
