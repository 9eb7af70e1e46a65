"""What is held about a person, in counts: for staff to decide by, without a single value."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from datamap.finding import Finding
from datamap.schema import DataMap, Erasure


class RetainedRows(BaseModel):
    """Rows of one collection that a deletion would keep, and the ground that stands in the map."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str = Field(description="`system.collection`")
    rows: int
    code: str
    reason: str
    reviewer: str
    review_on: date


class Survey(BaseModel):
    """Rows per collection, what would be kept and why, and what is doubtful."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows_per_collection: dict[str, int]
    retained: tuple[RetainedRows, ...]
    doubtful: dict[str, int] = Field(
        description="Rows found by a shared identity only; they stay untouched (VER-18)."
    )


def survey(datamap: DataMap, finding: Finding) -> Survey:
    """Count what was found."""
    retained: list[RetainedRows] = []
    for node, keys in finding.rows.items():
        collection = datamap.system(node.system).collection(node.collection)
        ground = collection.privacy.retention if collection else None
        if collection is not None and collection.erasure is Erasure.KEEP and ground is not None:
            retained.append(
                RetainedRows(
                    place=str(node),
                    rows=len(keys),
                    code=ground.code,
                    reason=ground.reason,
                    reviewer=ground.reviewer,
                    review_on=ground.review_on,
                )
            )
    return Survey(
        rows_per_collection={str(node): len(keys) for node, keys in finding.rows.items()},
        retained=tuple(retained),
        doubtful={str(node): len(keys) for node, keys in finding.doubtful.items()},
    )
