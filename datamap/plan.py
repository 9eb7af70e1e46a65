"""What an erasure will do, row by row, decided before anything is touched."""

import hashlib
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from datamap.graph import Node
from datamap.keys import Keys
from datamap.pages import PublishedPage
from datamap.schema import Erasure
from domain.chain import canonical


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Rows(_Part):
    """Rows of one collection, by key."""

    system: str
    collection: str
    key_columns: tuple[str, ...]
    keys: Keys = Field(repr=False)

    @property
    def place(self) -> str:
        """The collection with its system: ``shop.orders``."""
        return f"{self.system}.{self.collection}"


class DeleteStep(_Part):
    """Rows deleted together, because their collections refer to each other; mostly of one."""

    do: Literal["delete"] = "delete"
    system: str
    rows: tuple[Rows, ...]
    together: bool = Field(
        default=False, description="In one statement: the rows refer to each other in a ring."
    )


class WriteStep(_Part):
    """Columns written on rows that stay."""

    do: Literal["write"] = "write"
    system: str
    method: Erasure | Literal["detach", "use_lock"]
    rows: Rows
    values: dict[str, str | None] = Field(repr=False)


class Kept(_Part):
    """Rows that stay on a lawful ground (DEL-01, DEL-04)."""

    rows: Rows
    code: str
    reason: str
    reviewer: str
    review_on: date


class Link(_Part):
    """Values by which further rows were found; sought again in the proof."""

    system: str
    collection: str
    columns: tuple[str, ...]
    values: Keys = Field(repr=False)


class OutlineStep(_Part):
    """One step of a plan, without keys."""

    place: str = Field(description="`system.collection`")
    does: str = Field(description="A method of erasure, `detach` or `use_lock`.")
    rows: int
    columns: tuple[str, ...] = Field(description="Columns written; none for a deletion.")
    with_others: tuple[str, ...] = Field(
        description="Collections deleted in the same statement, as they refer to each other."
    )


class Outline(_Part):
    """A plan as staff see it before they approve: what, where, how, in which order, what stays."""

    steps: tuple[OutlineStep, ...]
    kept: dict[str, str] = Field(description="Code, reviewer and reason, per collection.")
    doubtful: dict[str, int] = Field(description="Rows left alone: others have a part in them.")
    pages: int = Field(description="Pages that are fetched again.")


class ErasurePlan(_Part):
    """The whole of an erasure. It holds row keys and identities: it belongs in the vault.

    Only ``content_hash``, ``rows_per_collection`` and ``retained`` may leave it.
    """

    map_hash: str
    fingerprints: dict[str, str]
    steps: tuple[DeleteStep | WriteStep, ...]
    kept: tuple[Kept, ...] = ()
    doubtful: tuple[Rows, ...] = ()
    links: tuple[Link, ...] = ()
    identities: tuple[tuple[str, str], ...] = Field(default=(), repr=False)
    pages: tuple[PublishedPage, ...] = ()

    @classmethod
    def from_bytes(cls, body: bytes) -> "ErasurePlan":
        """Read a plan back from its canonical bytes."""
        return cls.model_validate_json(body)

    def canonical(self) -> bytes:
        """Return the plan's RFC 8785 bytes: what the vault stores and the hash covers."""
        return canonical(self.model_dump(mode="json"))

    @cached_property
    def content_hash(self) -> str:
        """The SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @property
    def erased(self) -> tuple[Rows, ...]:
        """Rows that the plan deletes, or strips of personal data."""
        deleted = [rows for step in self.steps if step.do == "delete" for rows in step.rows]
        return (*deleted, *(step.rows for step in self.stripped))

    @property
    def touched(self) -> list[tuple[Node, Keys]]:
        """The same, as legal holds are held against it."""
        return [(Node(rows.system, rows.collection), rows.keys) for rows in self.erased]

    @property
    def stripped(self) -> tuple[WriteStep, ...]:
        """Steps that erase by writing over, in rows that stay."""
        return tuple(
            step for step in self.steps if step.do == "write" and isinstance(step.method, Erasure)
        )

    @property
    def rows_per_collection(self) -> dict[str, int]:
        """How many rows of each collection are erased, by ``system.collection``."""
        return {rows.place: len(rows.keys) for rows in self.erased}

    @property
    def planned(self) -> int:
        """How many rows are erased in all."""
        return sum(self.rows_per_collection.values())

    @property
    def systems(self) -> tuple[str, ...]:
        """Systems in which something is done, in the order in which to do it."""
        return tuple(dict.fromkeys(step.system for step in self.steps))

    def outline(self) -> Outline:
        """Return the plan without keys and values, for people and logs."""
        return Outline(
            steps=tuple(part for step in self.steps for part in _outlined(step)),
            kept={
                kept.rows.place: f"{kept.code}, {kept.reviewer}: {kept.reason}"
                for kept in self.kept
            },
            doubtful={rows.place: len(rows.keys) for rows in self.doubtful},
            pages=len(self.pages),
        )

    def steps_in(self, system: str) -> tuple[DeleteStep | WriteStep, ...]:
        """Return the steps of one system, in order."""
        return tuple(step for step in self.steps if step.system == system)


def _outlined(step: DeleteStep | WriteStep) -> list[OutlineStep]:
    if step.do == "write":
        return [
            OutlineStep(
                place=step.rows.place,
                does=str(step.method),
                rows=len(step.rows.keys),
                columns=tuple(step.values),
                with_others=(),
            )
        ]
    places = [rows.place for rows in step.rows]
    return [
        OutlineStep(
            place=rows.place,
            does=str(Erasure.DELETE),
            rows=len(rows.keys),
            columns=(),
            with_others=tuple(place for place in places if place != rows.place),
        )
        for rows in step.rows
    ]
