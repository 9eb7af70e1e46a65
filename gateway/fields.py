"""Turning pydantic's findings into field problems that echo nothing of what was sent (VER-15)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.problems import INVALID, FieldProblem, Problem

Shape = TypeVar("Shape", bound=BaseModel)

UNKNOWN_SEGMENT = "(unknown)"
"""Stands in a pointer for a name that is not ours: it may be personal, typed in a wrong place."""

# Pydantic's own sentences may quote the input, so only these are ever sent.
_ADVICE = {
    "missing": "This field is required.",
    "extra_forbidden": "This object holds a field that it does not have. Remove it.",
    "string_type": "Send text.",
    "string_too_short": "Do not leave this empty.",
    "string_too_long": "Shorten this to {max_length} characters at most.",
    "string_pattern_mismatch": "Use only the characters that this field allows.",
    "string_unicode": "Send valid Unicode text.",
    "enum": "Use one of: {expected}.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "value_error": "Send this in the form that the API page shows for it.",
    "named_twice": "This person is named already: leave them out here.",
    "one_person_only": "File a correction or a testimonial for one person at a time.",
    "timezone_aware": "Add the offset from UTC, for instance 2026-11-22T10:00:00-08:00.",
    "model_type": "Send an object.",
    "dict_type": "Send an object.",
    "tuple_type": "Send a list.",
}
_DATE_ADVICE = "Send a day as year, month and day, for instance 1980-12-31."
_DATETIME_ADVICE = "Send an ISO 8601 instant with offset, for instance 2026-11-22T10:00:00-08:00."
_OTHERWISE = "Send a value of the kind that the API page shows for this field."


def validate(shape: type[Shape], value: Any) -> Shape:
    """Return ``value`` as a ``shape``.

    Raises:
        Problem: 422 naming every field at fault.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        problems = _problems(error.errors(include_url=False, include_input=False), shape)
    raise invalid(problems)


def invalid(errors: Sequence[FieldProblem]) -> Problem:
    """Return the 422 that names these fields."""
    return Problem(INVALID, "Change the fields named in errors, then send it again.", errors=errors)


def _problems(errors: Iterable[ErrorDetails], shape: type[BaseModel]) -> list[FieldProblem]:
    names = _names_of(shape.model_json_schema())
    found = dict.fromkeys(_problem(error, names) for error in errors)
    inner = tuple(problem.pointer for problem in found)
    return [problem for problem in found if not _follows(problem, inner)]


def _follows(problem: FieldProblem, pointers: tuple[str, ...]) -> bool:
    """Tell whether a list is too short only because pydantic leaves out its faulty items."""
    inside = f"{problem.pointer}/"
    return problem.code == "too_short" and any(one.startswith(inside) for one in pointers)


def _problem(error: ErrorDetails, names: frozenset[str]) -> FieldProblem:
    code, context = error["type"], error.get("ctx", {})
    segments = [_segment(part, names) for part in error["loc"] if part != "[key]"]
    pointer = "".join(f"/{segment}" for segment in segments)
    # What several fields together lack is found at the top, and says itself where it belongs.
    return FieldProblem(
        pointer=context.get("pointer", pointer), code=code, detail=_advice(code, context)
    )


def _advice(code: str, context: Mapping[str, Any]) -> str:
    if code.startswith("datetime"):
        return _DATETIME_ADVICE
    if code.startswith("date"):
        return _DATE_ADVICE
    return _ADVICE.get(code, _OTHERWISE).format_map(context)


def _segment(part: int | str, names: frozenset[str]) -> str:
    return str(part) if isinstance(part, int) or part in names else UNKNOWN_SEGMENT


def _names_of(schema: Any) -> frozenset[str]:
    """Collect property names and enumeration values of a JSON Schema: the words that are ours."""
    match schema:
        case dict():
            own = {*schema.get("properties", {}), *schema.get("enum", ())}
            return frozenset(own).union(*map(_names_of, schema.values()))
        case list():
            return frozenset().union(*map(_names_of, schema))
    return frozenset()
