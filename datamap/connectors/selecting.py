"""Judges rows by a selection, for systems that cannot do so themselves."""

from collections.abc import Callable, Mapping

from datamap.connectors.base import Alike, Row, Table, Where, encode_key
from datamap.normalise import fold

Values = Mapping[str, str | None]


def selects(where: Where) -> Callable[[Values], bool]:
    """Return the test of a row's values."""
    if isinstance(where, Alike):
        variants = frozenset(where.variants)
        return lambda values: _folded(where, values) in variants
    wanted = frozenset(where.values)
    return lambda values: key_of(where.columns, values) in wanted


def row_of(table: Table, values: Values, columns: tuple[str, ...]) -> Row:
    """Return a row with the columns that were asked for."""
    return Row(key_of(table.key, values) or "", tuple(values[column] for column in columns))


def key_of(columns: tuple[str, ...], values: Values) -> str | None:
    """Return the encoded value of several columns; None if one of them is empty."""
    parts = [part for part in (values[column] for column in columns) if part is not None]
    return encode_key(parts) if len(parts) == len(columns) else None


def written(values: Mapping[str, str | None], key_parts: tuple[str, ...]) -> dict[str, str | None]:
    """Return what is written to the row of that key: ``{key}`` stands for it."""
    key = "-".join(key_parts)
    return {name: value and value.replace("{key}", key) for name, value in values.items()}


def _folded(where: Alike, values: Values) -> str | None:
    parts = [values[column] or "" for column in where.columns]
    return fold(where.kind, "".join(parts)) if any(parts) else None
