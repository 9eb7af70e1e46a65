"""What is wrong with one field of an input, in words for somebody who is no programmer."""

import re

from pydantic_core import ErrorDetails

_QUOTED = re.compile(r"'([^']*)'")

_KINDS = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "string_pattern_mismatch": "must be written as the example shows it",
    "string_too_short": "is empty or too short",
    "string_too_long": "is too long",
    "tuple_type": "must be a list in square brackets",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "model_type": "must be an object in braces",
    "bool_type": "must be true or false",
    "finite_number": "must be a number",
}
_WHOLE = "must be a whole number"
_DATE = "must be a date, such as 2026-11-23"


def in_words(fault: ErrorDetails) -> str:
    """Name the field and say what it must be; nothing of what was sent is repeated."""
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place} {_wrong(fault)}".lstrip()


def _wrong(fault: ErrorDetails) -> str:
    kind = fault["type"]
    if kind in _KINDS:
        return _KINDS[kind]
    if kind.startswith("int_"):
        return _WHOLE
    if kind.startswith("date_"):
        return _DATE
    if kind in ("literal_error", "enum"):
        return f"must be one of: {', '.join(_QUOTED.findall(fault['msg']))}"
    return f"is refused: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
