"""What stands in a column after an erasure that leaves the row: null, or a typed tombstone."""

from collections.abc import Iterable

from datamap.connectors.base import Column
from datamap.errors import PlanBlocked
from datamap.schema import Collection, Erasure, MapField

TEXT = "erased"
_BY_TYPE = {
    "boolean": "false",
    "date": "1900-01-01",
    "timestamp without time zone": "1900-01-01 00:00:00",
    "timestamp with time zone": "1900-01-01 00:00:00+00",
    "json": "{}",
    "jsonb": "{}",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "inet": "0.0.0.0",
    "bytea": "\\x",
}
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_TEXTS = frozenset({"text", "character varying", "character", "citext", "name"})


def personal_fields(collection: Collection) -> list[MapField]:
    """Return the fields that an erasure in place must empty: all that speak of people."""
    return [one for one in collection.fields if _personal(one) and not one.meta.primary_key]


def written_over(
    place: str, collection: Collection, live: dict[str, Column], pseudonym: str
) -> dict[str, str | None]:
    """Return what each personal column gets; raises ``PlanBlocked`` where nothing fits."""
    values: dict[str, str | None] = dict(collection.privacy.deactivate)
    obstacles: list[str] = [
        f"{place}.{one.name}: the key itself says something about the person, so emptying the rest "
        "leaves it; erase by `delete`, or give the table a key without meaning."
        for one in collection.fields
        if one.meta.primary_key and _personal(one)
    ]
    for one in personal_fields(collection):
        column = live.get(one.name, Column("text", True))
        if column.generated:
            continue
        try:
            values.setdefault(one.name, _left(one, column, collection.erasure, pseudonym))
        except ValueError as problem:
            obstacles.append(f"{place}.{one.name}: {problem}.")
    if obstacles:
        raise PlanBlocked(obstacles)
    return values


def _left(one: MapField, column: Column, method: Erasure, pseudonym: str) -> str | None:
    if one.privacy.tombstone is not None:
        return one.privacy.tombstone
    if method is Erasure.NULL:
        if column.nullable:
            return None
        raise ValueError("the column may not be null; give it a `tombstone`, or use `overwrite`")
    if method is Erasure.PSEUDONYMISE and column.type in _TEXTS:
        return pseudonym
    return _tombstone(column)


def _tombstone(column: Column) -> str | None:
    if column.type in _TEXTS:
        return TEXT
    if column.nullable:
        return None
    if column.type in _NUMBERS:
        return "0"
    if column.type.endswith("[]"):
        return "{}"
    if column.type in _BY_TYPE:
        return _BY_TYPE[column.type]
    raise ValueError(f"no tombstone is known for the type {column.type}; give it a `tombstone`")


def _personal(one: MapField) -> bool:
    ours = one.privacy
    said: Iterable[object] = (
        one.data_categories,
        one.meta.identity,
        ours.category,
        ours.point,
        ours.never_disclose,
        ours.free_text,
        ours.spi,
        ours.tombstone,
    )
    return any(said) or any(_personal(member) for member in one.fields or ())
