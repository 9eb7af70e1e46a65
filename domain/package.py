"""What a report to know is about, in codes and counts: its categories, its withheld list, reviews.

Nothing here is personal: reports' codes stand in letters' facts, reviews in the ledger (REC-05).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from domain.notice_words import WithheldReason
from domain.notices import Code, DisclosedCategory, Withheld
from domain.policy_terms.base import Sentence

Item = Annotated[
    str,
    StringConstraints(
        max_length=200,
        pattern=r"^[A-Za-z_][\w.\-]*\.[A-Za-z_][\w\-.]*(/[1-9]\d{0,9}(/[^/\x00-\x1f]{1,100})?)?$",
    ),
]
"""A collection, one of its rows by number, or a field of the row: ``shop.orders/3/ship_to``."""

ROWS_PER_CHUNK = 200

CODE_REQUESTED = "package_code_requested"
"""The inbox's kind: the reader of a package's link wants a one-time code sent (KNO-07)."""

DOWNLOADED = "package_downloaded"
"""The inbox's kind: the package behind a link was handed out."""

MOST_ITEMS = 200
"""Things to look at that a review lists one by one; of the rest it gives the number."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class CategoriesReport(_Data):
    """KNO-01 for one consumer, as codes of the policy's tables (KNO-12).

    Its fields are those of ``AccessReportFacts``. ``sold_or_shared`` and ``disclosed`` are two
    lists, always both there, empty or not.
    """

    categories: tuple[Code, ...] = ()
    sources: tuple[Code, ...] = ()
    purposes: tuple[Code, ...] = ()
    third_parties: tuple[Code, ...] = ()
    sold_or_shared: tuple[DisclosedCategory, ...] = ()
    disclosed: tuple[DisclosedCategory, ...] = ()


class ReviewAction(StrEnum):
    """What staff can do with an item of a package."""

    WITHHOLD = "withhold"
    REDACT = "redact"
    RELEASE = "release"
    UNDO = "undo"


class ReviewWish(_Data):
    """What somebody wants done with an item. ``spans`` are the characters taken out of a text.

    A release undoes what was held back, or marked as another person's, in the item; what is never
    disclosed cannot be released, for it is not there. To undo takes back every decision on exactly
    this item.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    item: Item
    action: ReviewAction
    reason: WithheldReason | None = Field(default=None, description="Why it is not shown.")
    spans: tuple[tuple[int, int], ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action in {ReviewAction.RELEASE, ReviewAction.UNDO}:
            if self.reason is not None or self.spans:
                raise ValueError("to release or undo takes neither reason nor spans")
        elif self.reason is None:
            raise ValueError("say by a reason's code why it is not shown")
        if (self.action is ReviewAction.REDACT) != bool(self.spans):
            raise ValueError("a redaction names the spans of a text, and nothing else does")
        if self.spans and self.item.count("/") != 2:
            raise ValueError("only a field's text can be redacted; name place, row and field")
        if any(start < 0 or end <= start for start, end in self.spans):
            raise ValueError("a span begins before it ends")
        return self


class ReviewDecision(ReviewWish):
    """One decision of a review. What speaks of health is decided by counsel alone (RED-08)."""

    by_counsel: bool = False


Review = tuple[ReviewDecision, ...]


def standing(review: Review, taken: Review) -> Review:
    """Return the decisions that stand after further ones; what counsel decided, counsel undoes."""
    for decision in taken:
        if decision.action is ReviewAction.UNDO:
            review = tuple(one for one in review if not _is_undone(one, decision))
        else:
            review = (*review, decision)
    return review


def _is_undone(one: ReviewDecision, undoing: ReviewDecision) -> bool:
    return one.item == undoing.item and (undoing.by_counsel or not one.by_counsel)


class ReviewItem(_Data):
    """Something that staff should look at before a package goes out, and why."""

    item: Item
    reason: WithheldReason


class FieldOutline(_Data):
    """A column of a collection, as the package shows it."""

    name: str
    label: Sentence | None = None
    category: Code | None = None


class SectionOutline(_Data):
    """One collection: its columns, the number of its rows, and where they stand."""

    place: Code
    label: Sentence | None = None
    fields: tuple[FieldOutline, ...]
    rows: int
    chunks: tuple[int, ...] = Field(description="Chunks of `ROWS_PER_CHUNK` rows each, in order.")
    sources: tuple[Code, ...] = ()
    purposes: tuple[Code, ...] = ()
    recipients: tuple[Code, ...] = ()


class GatheringOutline(_Data):
    """What a gathering holds, and where. It is stored behind everything else."""

    sections: tuple[SectionOutline, ...]
    files: tuple[int, ...] = Field(
        default=(), description="Each file's chunk; the file's own bytes stand in those after it."
    )
    period_from: date
    period_to: date
    report: CategoriesReport
    doubts: tuple[ReviewItem, ...] = Field(default=(), description="Texts that may name others.")
    doubts_in_all: int = 0


class PackageFacts(_Data):
    """One version of a package, without its content (REC-05): what letters and the ledger need."""

    version: int
    package_hash: str
    size: int
    report: CategoriesReport
    rows: Mapping[str, int] = Field(description="Rows shown, by `system.collection`.")
    files: int = 0
    withheld: tuple[Withheld, ...] = ()
    needs_review: tuple[ReviewItem, ...] = ()
    needs_review_in_all: int = 0
