"""The SQL texts of the Postgres connector: every value a parameter, every name quoted."""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from datamap.connectors.base import Alike, Equal, Table, Where, decode_key
from datamap.normalise import MAILS, NUMBERS, PHONE_DIGITS, PHONES
from domain.vocabulary import PointOfIdentity

Arguments = list[list[str]]

_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DOCUMENTS = ("json", "jsonb")
_DATED = ("date", "timestamp without time zone", "timestamp with time zone")
_DROPPED = r"'[\u0300-\u036f[:space:]!-/:-@\[-`{-~]+'"


def quoted(name: str) -> str:
    """Return an identifier that means exactly ``name``."""
    return '"' + name.replace('"', '""') + '"'


def is_known(column: str, types: Mapping[str, str]) -> bool:
    """Tell whether a table has a column, or a document in which a member may stand."""
    return column in types or types.get(column.partition(".")[0]) in _DOCUMENTS


def text_of(column: str, types: Mapping[str, str]) -> str:
    """Return the text of a column; of a document's member all texts that stand under its name."""
    if column in types:
        return f"{quoted(column)}::text"
    return f"(SELECT string_agg(one, ' ') FROM {_several(column, types)})"


def _several(column: str, types: Mapping[str, str]) -> str | None:
    """Return the set of texts that an array or a document's member holds; None of a plain column.

    A path without ``strict`` goes through arrays on its way by itself.
    """
    kind = types.get(column)
    if kind is not None:
        return f"unnest({quoted(column)}::text[]) AS given(one)" if kind.endswith("[]") else None
    document, _, path = column.partition(".")
    steps = "".join("." + json.dumps(name, ensure_ascii=False) for name in path.split("."))
    literal = f"${steps}[*]".replace("'", "''")
    return (
        f"(SELECT item #>> '{{}}' AS one FROM"
        f" jsonb_path_query({quoted(document)}::jsonb, '{literal}'::jsonpath) AS found(item))"
        " AS given"
    )


def qualified(table: str, schema: str) -> str:
    """Return a table's name with its schema; a name with a dot brings its own."""
    home, _, name = table.rpartition(".")
    return f"{quoted(home or schema)}.{quoted(name)}"


def select(
    name: str, table: Table, where: Where, columns: Sequence[str], types: Mapping[str, str]
) -> tuple[str, Arguments | None]:
    """Return the query and its arguments; no arguments means that no row can match."""
    wanted = ", ".join(text_of(column, types) for column in (*table.key, *columns))
    text, arguments = condition(where, types, first=1)
    return f"SELECT {wanted} FROM {name} WHERE {text}", arguments


def condition(
    where: Where, types: Mapping[str, str], *, first: int
) -> tuple[str, Arguments | None]:
    """Return a condition whose parameters are numbered from ``first``, and their values."""
    if isinstance(where, Alike):
        return _alike(where, types, first)
    if len(where.columns) == 1 and (items := _several(where.columns[0], types)):
        return _any(items, "one", where.values, first)
    if len(where.columns) == 1:
        return _equal(where, types, first)
    return _equal_together(where, types, first)


def together(statements: Sequence[str]) -> str:
    """Make one statement of several; foreign keys are checked at its end."""
    if len(statements) == 1:
        return statements[0]
    parts = ", ".join(f"part{n} AS ({one})" for n, one in enumerate(statements))
    return f"WITH {parts} SELECT 1"


def assignments(table: Table, values: Mapping[str, str | None], types: Mapping[str, str]) -> str:
    """Return the SET list for ``values``, parameters numbered from 1."""
    key = ", ".join(f"{quoted(column)}::text" for column in table.key)
    return ", ".join(
        f"{quoted(column)} = replace(${n}::text, '{{key}}', concat_ws('-', {key}))::{types[column]}"
        for n, column in enumerate(values, start=1)
    )


def insert(name: str, columns: Sequence[str], types: Mapping[str, str], *, first: int) -> str:
    """Return a statement that inserts rows, a parameter for each column, numbered from ``first``.

    Identity columns get the value that they had; what stands in a row's place stays.
    """
    listed = ", ".join(map(quoted, columns))
    return (
        f"INSERT INTO {name} ({listed}) OVERRIDING SYSTEM VALUE"
        f" SELECT {_casts(columns, types)} FROM {_given(columns, first)} ON CONFLICT DO NOTHING"
    )


def rewrite(name: str, table: Table, columns: Sequence[str], types: Mapping[str, str]) -> str:
    """Return a statement that writes columns of rows by their key, a parameter for each column."""
    place = {column: f"given.c{n}::{types[column]}" for n, column in enumerate(columns)}
    written = ", ".join(
        f"{quoted(column)} = {place[column]}" for column in columns if column not in table.key
    )
    same = " AND ".join(f"own.{quoted(column)} = {place[column]}" for column in table.key)
    return f"UPDATE {name} AS own SET {written} FROM {_given(columns, 1)} WHERE {same}"


def _casts(columns: Sequence[str], types: Mapping[str, str]) -> str:
    return ", ".join(f"c{n}::{types[column]}" for n, column in enumerate(columns))


def _given(columns: Sequence[str], first: int) -> str:
    arrays = ", ".join(f"${first + n}::text[]" for n in range(len(columns)))
    return f"unnest({arrays}) AS given({', '.join(f'c{n}' for n in range(len(columns)))})"


def folded(kind: PointOfIdentity, columns: Sequence[str], types: Mapping[str, str]) -> str:
    """Return the expression that folds a stored point as ``normalise.fold`` does; indexable."""
    if kind is PointOfIdentity.BIRTH_DATE and types.get(columns[0]) in _DATED:
        return f"{quoted(columns[0])}::date::text"
    return _folded(kind, [f"{quoted(column)}::text" for column in columns])


def _folded(kind: PointOfIdentity, texts: Sequence[str]) -> str:
    one, joined = texts[0], " || ".join(f"coalesce({text}, '')" for text in texts)
    if kind in MAILS:
        return f"lower(btrim({one}))"
    if kind in PHONES:
        return f"right(regexp_replace({one}, '[^0-9]', '', 'g'), {PHONE_DIGITS})"
    if kind is PointOfIdentity.BIRTH_DATE or kind in NUMBERS:
        return f"btrim({one})"
    return f"lower(regexp_replace(normalize({joined}, NFKD), {_DROPPED}, '', 'g'))"


def _alike(where: Alike, types: Mapping[str, str], first: int) -> tuple[str, Arguments | None]:
    column = where.columns[0]
    if len(where.columns) == 1 and (items := _several(column, types)):
        return _any(items, _folded(where.kind, ["one"]), where.variants, first)
    plain = where.kind in NUMBERS or (
        where.kind is PointOfIdentity.BIRTH_DATE and types.get(column) == "date"
    )
    if plain:
        return _equal(Equal(where.columns, where.variants), types, first)
    values = list(where.variants)
    expression = folded(where.kind, where.columns, types)
    return f"{expression} = ANY(${first}::text[])", [values] if values else None


def _any(
    items: str, expression: str, values: Sequence[str], first: int
) -> tuple[str, Arguments | None]:
    """Return the condition that one of several texts in a row is one of the values."""
    test = f"EXISTS (SELECT FROM {items} WHERE {expression} = ANY(${first}::text[]))"
    return test, [list(values)] if values else None


def _equal(where: Equal, types: Mapping[str, str], first: int) -> tuple[str, Arguments | None]:
    column, kind = where.columns[0], types[where.columns[0]]
    values = list(filter(_castable(kind), where.values))
    test = f"{quoted(column)} = ANY(${first}::text[]::{kind}[])"
    return test, [values] if values else None


def _equal_together(
    where: Equal, types: Mapping[str, str], first: int
) -> tuple[str, Arguments | None]:
    width = len(where.columns)
    tests = [_castable(types[column]) for column in where.columns]
    rows = [decode_key(value, width) for value in where.values]
    fitting = [row for row in rows if all(ok(part) for ok, part in zip(tests, row, strict=True))]
    names = ", ".join(quoted(column) for column in where.columns)
    given = _given(where.columns, first)
    test = f"({names}) IN (SELECT {_casts(where.columns, types)} FROM {given})"
    return test, [list(column) for column in zip(*fitting, strict=True)] if fitting else None


def _castable(kind: str) -> Callable[[str], bool]:
    """Return the test of values that a type accepts: others can equal nothing of that type."""
    if kind in _INTEGERS:
        bound = _INTEGERS[kind]
        return lambda value: (
            re.fullmatch(r"-?\d{1,19}", value) is not None and (-bound <= int(value) < bound)
        )
    if kind == "uuid":
        return lambda value: _UUID.fullmatch(value) is not None
    if kind == "date":
        return lambda value: _DATE.fullmatch(value) is not None
    return lambda value: True
