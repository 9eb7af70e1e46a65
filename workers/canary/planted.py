"""The planted consumer: what stands in the file, put into the systems and looked for there."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel, ConfigDict, EmailStr, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from datamap.connectors.base import Connector, Equal, Table, encode_key
from datamap.graph import Node
from datamap.people import table_of
from datamap.schema import DataMap, Erasure
from domain.vocabulary import PointOfIdentity
from workers.settings import SettingsError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlantedRow(_Part):
    """One row, by column."""

    place: str
    values: dict[str, str]


class PlantedConsumer(_Part):
    """Who files."""

    name: str
    email: EmailStr


class Planted(_Part):
    """A consumer and all that is held of them."""

    consumer: PlantedConsumer
    points: dict[PointOfIdentity, str]
    rows: tuple[PlantedRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows per collection."""
        return dict(Counter(row.place for row in self.rows))

    def submission(self) -> dict[str, object]:
        """Return what is filed at the gateway."""
        return {
            "request_types": ["delete"],
            "consumer": self.consumer.model_dump(),
            "residency": "CA",
            "points": {str(kind): text for kind, text in self.points.items()},
        }


def load_planted(path: Path) -> Planted:
    """Read the planted consumer. Raises ``SettingsError`` naming the file and what to correct."""
    try:
        return Planted.model_validate(YAML(typ="safe", pure=True).load(path))
    except (OSError, YAMLError, ValidationError) as fault:
        raise SettingsError(
            f"PRIVACY_CANARY names {path}, which is no planted consumer: {fault}. "
            "See samples/canary/canary.yaml."
        ) from None


class Garden:
    """The systems, as far as planted rows stand in them."""

    def __init__(self, datamap: DataMap, connectors: Mapping[str, Connector]) -> None:
        self._datamap = datamap
        self._connectors = connectors

    async def plant(self, planted: Planted) -> None:
        """Put every row where it belongs, unless it stands there."""
        for system, rows in groupby(planted.rows, lambda row: row.place.partition(".")[0]):
            async with self._connectors[system].writing() as writer:
                for row in rows:
                    await writer.insert(self._table(row), row.values)

    async def standing(self, planted: Planted) -> dict[str, int]:
        """Count the planted rows that stand, each looked up by its own key and no other way."""
        found: Counter[str] = Counter()
        for system, rows in groupby(planted.rows, lambda row: row.place.partition(".")[0]):
            async with self._connectors[system].reading() as reader:
                for row in rows:
                    table = self._table(row)
                    key = encode_key([row.values[column] for column in table.key])
                    async for batch in reader.rows(table, Equal(table.key, (key,))):
                        found[row.place] += len(batch)
        return dict(found)

    def uncovered(self, planted: Planted) -> tuple[str, ...]:
        """Name the collections that a deletion empties and that nothing is planted in."""
        emptied = {
            f"{system}.{collection.name}"
            for system, collection in self._datamap.collections()
            if collection.erasure is Erasure.DELETE
        }
        return tuple(sorted(emptied - planted.counts.keys()))

    def _table(self, row: PlantedRow) -> Table:
        system, _, name = row.place.partition(".")
        collection = self._datamap.system(system).collection(name)
        if collection is None:
            raise SettingsError(f"{row.place} is planted but not in the data map; correct one.")
        return table_of(Node(system, name), collection)
