"""The OpenAPI document, and the same as a page: plain HTML from this server, no script, no CDN."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from domain.submission import Submission
from domain.vocabulary import Language
from gateway.pages import Page, Pages
from gateway.problems import ALL_KINDS, ProblemDocument
from gateway.shapes import Signal
from gateway.webhook_docs import WEBHOOKS, StatusChanged

_REF = "#/components/schemas/{model}"
_MODELS = (Submission, Signal, StatusChanged, ProblemDocument)
_SECURITY_SCHEMES = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}


class FieldRow(NamedTuple):
    """One field of a schema, as a row of a table."""

    name: str
    kind: str
    required: bool
    text: str


def describe(app: FastAPI, public_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of ``app``."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        servers=[{"url": public_url}],
    )
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SECURITY_SCHEMES
    schemas = components.setdefault("schemas", {})
    for model in _MODELS:
        schema = model.model_json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    _drop_unused_validation_answers(document)
    document["webhooks"] = WEBHOOKS
    return document


def docs_router(app: FastAPI, pages: Pages) -> APIRouter:
    """Build ``/docs``, the API page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        document = app.openapi()
        values = {
            "info": document["info"],
            "server": document["servers"][0]["url"],
            "operations": list(_operations(document)),
            "problems": ALL_KINDS,
        }
        return pages.render(request, Page("docs.html", Language.ENGLISH, values))

    return router


def field_rows(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[FieldRow]:
    """Return a row for each field of an object schema, nested ones with a dotted name.

    The fields of a list's items follow the list, under its name with brackets.
    """
    resolved = _resolve(schema, schemas)
    required = resolved.get("required", ())
    rows: list[FieldRow] = []
    for name, value in resolved.get("properties", {}).items():
        inner = _resolve(_meant(value), schemas)
        text = value.get("description") or inner.get("description", "")
        rows.append(FieldRow(name, _kind(value, schemas), name in required, text))
        is_list = inner.get("type") == "array"
        nested = field_rows(inner.get("items", {}) if is_list else inner, schemas)
        prefix = f"{name}[]" if is_list else name
        rows += [row._replace(name=f"{prefix}.{row.name}") for row in nested]
    return rows


def _meant(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a field holds where it may also be left out as null."""
    others = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return others[0] if len(others) == 1 else schema


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schemas = document["components"]["schemas"]
    for path, methods in (document["paths"] | document["webhooks"]).items():
        for method, operation in methods.items():
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "paragraphs": operation.get("description", "").split("\n\n"),
                "parameters": operation.get("parameters", ()),
                "body": _content(operation.get("requestBody", {}), schemas),
                "answers": [
                    {"status": status, "text": answer["description"], **_content(answer, schemas)}
                    for status, answer in sorted(operation["responses"].items())
                ],
            }


def _content(holder: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return media type, field rows and examples (title and JSON text) of a body."""
    for media_type, content in holder.get("content", {}).items():
        examples = content.get("examples", {})
        shown = [(one["summary"], _pretty(one["value"])) for one in examples.values()]
        if "example" in content:
            shown.append(("Example", _pretty(content["example"])))
        rows = field_rows(content.get("schema", {}), schemas)
        return {"media_type": media_type, "rows": rows, "examples": shown}
    return {"media_type": "", "rows": [], "examples": []}


def _kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Say in a few words what values a schema allows."""
    alternatives = schema.get("anyOf")
    if alternatives:
        return " or ".join(_kind(one, schemas) for one in alternatives)
    resolved = _resolve(schema, schemas)
    if "enum" in resolved:
        return "one of: " + ", ".join(map(str, resolved["enum"]))
    if resolved.get("type") == "array":
        return f"list of {_kind(resolved.get('items', {}), schemas)}"
    if resolved.get("type") == "object" and "propertyNames" in resolved:
        return f"object with any of the names {_kind(resolved['propertyNames'], schemas)[8:]}"
    return str(resolved.get("format") or resolved.get("type", "value"))


def _resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = schemas[reference.rpartition("/")[2]]
    return found


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _drop_unused_validation_answers(document: dict[str, Any]) -> None:
    # FastAPI adds its own 422 to every route with a path parameter; ours are problem documents.
    for methods in document["paths"].values():
        for operation in methods.values():
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
