"""What a check of map against system has to say."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Severity(StrEnum):
    """Errors turn the check red; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Kinds of remarks."""

    UNMAPPED_TABLE = "unmapped_table"
    UNMAPPED_COLUMN = "unmapped_column"
    COPY = "copy"
    OTHER_SCHEMA = "other_schema"
    MISSING_TABLE = "missing_table"
    MISSING_COLUMN = "missing_column"
    KEY_DIFFERS = "key_differs"
    KEY_NOT_UNIQUE = "key_not_unique"
    TYPE_DIFFERS = "type_differs"
    FOREIGN_KEY = "foreign_key"
    CANNOT_BE_EMPTIED = "cannot_be_emptied"
    NO_INDEX = "no_index"
    RING = "ring"
    UNKNOWN_LABEL = "unknown_label"
    UNDATED_ADDRESS = "undated_address"
    LOOKS_PERSONAL = "looks_personal"
    UNREACHABLE_SYSTEM = "unreachable_system"


DRIFT = frozenset(
    {
        Code.UNMAPPED_TABLE,
        Code.UNMAPPED_COLUMN,
        Code.MISSING_TABLE,
        Code.MISSING_COLUMN,
        Code.KEY_DIFFERS,
        Code.KEY_NOT_UNIQUE,
    }
)
"""Remarks that stop an erasure: data may stand where the map does not look."""


class Remark(BaseModel):
    """One thing that is wrong or doubtful, where, and what to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    severity: Severity = Severity.ERROR
    place: str = Field(description="`system.collection` or `system.collection.field`")
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.fix}."


def error(code: Code, place: str, problem: str, fix: str) -> Remark:
    """Return a remark that turns the check red."""
    return Remark(code=code, place=place, problem=problem, fix=fix)


def warning(code: Code, place: str, problem: str, fix: str) -> Remark:
    """Return a remark that people should read."""
    return Remark(code=code, severity=Severity.WARNING, place=place, problem=problem, fix=fix)
