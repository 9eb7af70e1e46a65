"""Reading JSON that somebody else wrote: it has one meaning, whoever reads it, or none."""

import json
from typing import Any


def read_json(body: bytes) -> Any:
    """Return the value of UTF-8 JSON; repeated names, NaN and endless nesting are refused.

    What one reader takes for the first of two equal names another takes for the last, so a
    signature over such bytes proves nothing about what was meant.

    Raises:
        ValueError: it is none; also as ``UnicodeDecodeError`` or ``json.JSONDecodeError``.
    """
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("repeated name")
    return result


def _refuse(constant: str) -> float:
    raise ValueError("not a JSON number")
