"""Reading JSON that somebody else wrote: it has one meaning, whoever reads it, or none."""

import json
from typing import Any


class NotPlain(ValueError):
    """It is JSON by its grammar, but not by what everybody reads it as; says what to send."""


def read_json(body: bytes) -> Any:
    """Return the value of UTF-8 JSON; repeated names, NaN and endless nesting are refused.

    What one reader takes for the first of two equal names another takes for the last, so a
    signature over such bytes proves nothing about what was meant.

    Raises:
        ValueError: it is none; as ``NotPlain``, ``UnicodeDecodeError`` or
            ``json.JSONDecodeError``.
    """
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse
        )
    except RecursionError:
        raise NotPlain("The JSON nests too deeply: send it flatter.") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotPlain("An object of the JSON repeats a name: send each name once.")
    return result


def _refuse(constant: str) -> float:
    raise NotPlain(f"JSON has no {constant}: leave such a value out.")
