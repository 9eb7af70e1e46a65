"""Values as text: in tables that a spreadsheet opens without doing anything, and in JSON."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Write rows of a CSV file (RFC 4180), no cell of which a spreadsheet takes for a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerows([unarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def unarmed(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would work out; ``armed`` takes it away.

    An apostrophe gets one too, so that a cell that begins with one has always been given it.
    """
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell


def armed(cell: str) -> str:
    """Return what a cell was before ``unarmed``."""
    return cell.removeprefix("'")


def cell_text(value: Any) -> str:
    """Write one value as a cell: nothing as nothing, documents as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def row_cells(values: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Write a row's values in the order of the columns."""
    return [cell_text(values.get(column)) for column in columns]


def json_text(value: Any) -> str:
    """Write a value as JSON on one line; half of a pair of signs, which is no Unicode, escaped."""
    text = _JSON.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "))
