"""What PostgreSQL says about its own tables."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from datamap.connectors.base import Catalogue, Column, ForeignKey, LiveTable

if TYPE_CHECKING:
    import asyncpg

_TABLES = """
SELECT c.oid, CASE WHEN n.nspname = $1 THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
_COPIES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('m', 'f') AND n.nspname = $1 ORDER BY c.relname
"""
_COLUMNS = """
SELECT a.attrelid AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type,
       NOT a.attnotnull AS nullable, a.attgenerated <> '' AS generated
  FROM pg_attribute a
 WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""
_KEYS = """
SELECT k.conrelid AS table, k.conname AS name, k.contype::text AS kind, k.confrelid AS parent,
       k.confdeltype::text AS on_delete, k.condeferrable AS deferrable,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i)
         AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
               JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i)
         AS parent_columns
  FROM pg_constraint k
 WHERE k.contype IN ('p', 'f', 'u') AND k.conrelid = ANY($1::oid[]) AND k.conparentid = 0
 ORDER BY k.conname
"""
_INDEXES = """
SELECT i.indrelid AS table, pg_get_indexdef(i.indexrelid, 1, true) AS leading
  FROM pg_index i WHERE i.indrelid = ANY($1::oid[]) AND i.indpred IS NULL
"""
_TYPES = """
SELECT t.name, a.attname, CASE a.atttypid WHEN 'bpchar'::regtype THEN 'bpchar'
                          ELSE format_type(a.atttypid, NULL) END AS type
  FROM (SELECT $1::text AS name, $1::text::regclass AS oid
        UNION SELECT name, to_regclass(name) FROM unnest($2::text[]) AS others(name)) AS t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
"""
_FINGERPRINT = """
SELECT encode(sha256(convert_to(
         coalesce(string_agg(line, E'\\n' ORDER BY line), ''), 'UTF8')), 'hex')
  FROM (
    SELECT format('column %I.%I.%I %s %s', n.nspname, c.relname, a.attname,
                  format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = $1
    UNION ALL
    SELECT format('key %I %s %s', k.conname, k.conrelid::regclass, pg_get_constraintdef(k.oid))
      FROM pg_constraint k
      LEFT JOIN pg_class p ON p.oid = k.confrelid
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid IN (c.relnamespace, p.relnamespace)
     WHERE k.contype IN ('p', 'f') AND k.conparentid = 0 AND n.nspname = $1
  ) AS lines
"""
_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


async def types(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, others: Collection[str] = ()
) -> Mapping[str, Mapping[str, str]]:
    """Return the type of each column of a table, and of the others that exist, by quoted name."""
    found: dict[str, dict[str, str]] = {table: {}}
    for name, column, kind in await connection.fetch(_TYPES, table, list(others)):
        found.setdefault(name, {})[column] = kind
    return found


async def fingerprint(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> str:
    """Return a hash over the schema's columns and keys, foreign keys from elsewhere included."""
    return str(await connection.fetchval(_FINGERPRINT, schema))


async def read(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> Catalogue:
    """Describe the tables of ``schema``; those of other schemas by their full names."""
    names = dict(tuple(row) for row in await connection.fetch(_TABLES, schema))
    columns: dict[int, dict[str, Column]] = defaultdict(dict)
    for row in await connection.fetch(_COLUMNS, list(names)):
        columns[row["table"]][row["name"]] = Column(row["type"], row["nullable"], row["generated"])
    keys, foreign, unique = await _keys(connection, names)
    indexed: dict[int, set[str]] = defaultdict(set)
    for row in await connection.fetch(_INDEXES, list(names)):
        indexed[row["table"]].add(row["leading"])
    return Catalogue(
        {
            name: LiveTable(
                columns[oid],
                keys.get(oid, ()),
                tuple(foreign[oid]),
                frozenset(indexed[oid]),
                frozenset(unique[oid]),
            )
            for oid, name in names.items()
        },
        copies=tuple(name for (name,) in await connection.fetch(_COPIES, schema)),
    )


_Keys = tuple[
    dict[int, tuple[str, ...]], dict[int, list[ForeignKey]], dict[int, set[frozenset[str]]]
]


async def _keys(
    connection: "asyncpg.Connection[asyncpg.Record]", names: Mapping[int, str]
) -> _Keys:
    """Return primary, foreign and unique keys by table."""
    primary: dict[int, tuple[str, ...]] = {}
    foreign: dict[int, list[ForeignKey]] = defaultdict(list)
    unique: dict[int, set[frozenset[str]]] = defaultdict(set)
    for row in await connection.fetch(_KEYS, list(names)):
        if row["kind"] == "p":
            primary[row["table"]] = tuple(row["columns"])
        elif row["kind"] == "u":
            unique[row["table"]].add(frozenset(row["columns"]))
        elif row["parent"] in names:
            foreign[row["table"]].append(_foreign_key(row, names))
    return primary, foreign, unique


def _foreign_key(row: Any, names: Mapping[int, str]) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        columns=tuple(row["columns"]),
        parent=names[row["parent"]],
        parent_columns=tuple(row["parent_columns"]),
        on_delete=_ACTIONS[row["on_delete"]],
        deferrable=row["deferrable"],
    )
