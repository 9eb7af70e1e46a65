"""Reviews: what staff decide is carried out, and what cannot be carried out is refused by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import ValidationError

from domain.notice_words import WithheldReason
from domain.notices import Withheld
from domain.package import ReviewAction, ReviewDecision, ReviewItem
from packages import Cover, ReviewRefused, file_text, reviewed_rows
from tests.datamap.disclosure import planted
from tests.datamap.disclosure.gatherings import Gathered
from tests.packages.opened import Opened, opened

PRIVILEGE = WithheldReason.PRIVILEGE


def withhold(item: str, reason: WithheldReason = PRIVILEGE) -> ReviewDecision:
    """Take an item out."""
    return ReviewDecision(item=item, action=ReviewAction.WITHHOLD, reason=reason)


def release(item: str, *, by_counsel: bool = False) -> ReviewDecision:
    """Let an item go out."""
    return ReviewDecision(item=item, action=ReviewAction.RELEASE, by_counsel=by_counsel)


def redact(item: str, *spans: tuple[int, int]) -> ReviewDecision:
    """Take parts of a text out."""
    return ReviewDecision(item=item, action=ReviewAction.REDACT, reason=PRIVILEGE, spans=spans)


def note(package: Opened, reference: str) -> dict[str, str] | None:
    """Return one of the notes."""
    rows = [row for row in package.rows("planted.notes") if row["reference"] == reference]
    return rows[0] if rows else None


async def test_staff_release_what_was_held_back(ada: Gathered, cover: Cover) -> None:
    """KNO-08, RED-08, RED-12: a colleague's note, a name, health, a picture go out as they are."""
    file = {row.values["file_name"]: row.n for row in ada.rows("planted.documents")}
    decisions = [
        release("planted.notes/4"),
        release("planted.notes/3/body"),
        release("planted.secrets/1/health", by_counsel=True),
        release(f"planted.documents/{file['photo.png']}/content"),
    ]
    package = await opened(ada, cover, decisions)
    assert note(package, "R-4") is not None
    assert (note(package, "R-3") or {})["body"].endswith(
        "Paul Stern (paul.stern@example.net) knows."
    )
    assert package.rows("planted.secrets")[0]["health"] == planted.HEALTH
    [photo] = [name for name in package.files if name.endswith("-original.png")]
    assert package.files[photo] == planted.PICTURE
    reasons = {line.reason for line in package.facts.withheld}
    assert WithheldReason.POLICY_HEALTH not in reasons
    assert WithheldReason.NOT_YET_READ not in reasons
    asked = {one.item for one in package.facts.needs_review}
    assert asked == {"planted.notes/5", "planted.notes/6/body"}


@pytest.mark.parametrize("decide", [release, withhold])
async def test_only_counsel_decides_on_health(
    ada: Gathered, cover: Cover, decide: Callable[[str], ReviewDecision]
) -> None:
    """RED-08: what others decide on it, on it or around it, leaves it held and open."""
    decisions = [decide("planted.secrets/1/health"), release("planted.secrets")]
    package = await opened(ada, cover, decisions)
    assert package.rows("planted.secrets")[0]["health"] == "[WITHHELD:health_information]"
    asked = {(one.item, one.reason) for one in package.facts.needs_review}
    assert ("planted.secrets/1/health", WithheldReason.POLICY_HEALTH) in asked


async def test_staff_withhold_a_field_a_row_a_collection(ada: Gathered, cover: Cover) -> None:
    """KNO-08: privileged material is left out on any level and named with its reason."""
    decisions = [
        withhold("planted.people/1/likely_to_buy"),
        withhold("planted.notes/1"),
        withhold("planted.documents"),
    ]
    package = await opened(ada, cover, decisions)
    assert package.rows("planted.people")[0]["likely_to_buy"] == "[WITHHELD:privilege]"
    assert note(package, "R-1") is None
    assert package.rows("planted.documents") == []
    assert not [name for name in package.files if name.startswith("files/")]
    lines = set(package.facts.withheld)
    assert {
        Withheld(kind=f"planted.{place}", reason=PRIVILEGE)
        for place in ("people", "notes", "documents")
    } <= lines


async def test_the_nearest_and_last_decision_counts(ada: Gathered, cover: Cover) -> None:
    """A row's decision overrules its collection's, and a later one an earlier one."""
    decisions = [
        withhold("planted.notes"),
        withhold("planted.notes/2"),
        release("planted.notes/2"),
    ]
    package = await opened(ada, cover, decisions)
    assert [row["reference"] for row in package.rows("planted.notes")] == ["R-2"]


async def test_staff_take_words_out_of_a_text(ada: Gathered, cover: Cover) -> None:
    """A redaction takes exactly its characters, beside what was marked before; also in a file."""
    text = ada.rows("planted.notes")[5].values["body"]
    at = text.index("Xenu Blort")
    file = {row.values["file_name"]: row.n for row in ada.rows("planted.documents")}
    decisions = [
        redact("planted.notes/6/body", (at, at + 10)),
        redact("planted.notes/3/body", (5, 16)),
        redact(f"planted.documents/{file['clean.pdf']}/content", (0, 10)),
    ]
    package = await opened(ada, cover, decisions)
    assert (note(package, "R-7") or {})["body"] == (
        "I met [WITHHELD:privilege]. password: [WITHHELD:account_password]"
    )
    assert (note(package, "R-3") or {})["body"] == (
        "=1+2 [WITHHELD:privilege] [WITHHELD:other_person] ([WITHHELD:other_person]) knows."
    )
    assert b"[WITHHELD:privilege] likes gardening." in package.files.values()
    assert "planted.notes/6/body" not in {one.item for one in package.facts.needs_review}


@pytest.mark.parametrize(
    ("decision", "problem"),
    [
        (withhold("planted.orders"), "nothing was gathered there"),
        (withhold("planted.notes/99"), "the collection has 6 rows"),
        (withhold("planted.notes/1/subject"), "no such field"),
        (redact("planted.notes/1/body", (0, 999)), "correct the span"),
        (redact("planted.secrets/1/extra", (0, 1)), "it is no text"),
    ],
)
async def test_impossible_decisions_are_refused(
    ada: Gathered, cover: Cover, decision: ReviewDecision, problem: str
) -> None:
    """A decision on what is not there builds nothing and says what to correct."""
    with pytest.raises(ReviewRefused, match=problem) as refused:
        await opened(ada, cover, [decision])
    assert refused.value.item == decision.item


async def test_what_is_never_disclosed_cannot_be_released(ada: Gathered, cover: Cover) -> None:
    """Invariant 4: releasing everything shows no value of RED-01 to RED-07."""
    places = [release(section.place) for section in ada.outline.sections]
    package = await opened(ada, cover, places)
    everything = package.everything()
    assert [name for name, value in planted.NEVER.items() if value.encode() in everything] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "withhold"},
        {"action": "release", "reason": "PRIVILEGE"},
        {"action": "redact", "reason": "PRIVILEGE"},
        {"action": "redact", "reason": "PRIVILEGE", "spans": [(4, 4)]},
        {"action": "withhold", "reason": "PRIVILEGE", "item": "no place"},
        {"action": "redact", "reason": "PRIVILEGE", "spans": [(0, 4)], "item": "planted.notes/1"},
    ],
)
def test_half_decisions_are_refused(fields: dict[str, object]) -> None:
    """A decision says what, on which item and why, and nothing that contradicts itself."""
    with pytest.raises(ValidationError):
        ReviewDecision.model_validate({"item": "planted.notes/1/body"} | fields)


async def test_doubts_beyond_the_list_are_counted(ada: Gathered, cover: Cover) -> None:
    """Of very many things to look at the first are listed, and all are counted."""
    crowded = Gathered()
    crowded.chunks = ada.chunks
    crowded.outline = ada.outline.model_copy(update={"doubts_in_all": 1001})
    package = await opened(crowded, replace(cover))
    listed = package.facts.needs_review
    assert package.facts.needs_review_in_all == len(listed) + 1000
    assert ReviewItem(item="planted.notes/6/body", reason=WithheldReason.OTHER_PERSON) in listed


async def test_staff_see_what_was_gathered_and_what_would_go_out(ada: Gathered) -> None:
    """Each entry with its marks and holds, before and after the decisions; by number."""
    decisions = [withhold("planted.notes/1"), release("planted.notes/4")]
    rows = await reviewed_rows(ada, decisions, "planted.notes", 1, 5)
    assert [row.withheld for row in rows] == [
        PRIVILEGE, None, None, None, WithheldReason.OTHER_PERSON,
    ]  # fmt: skip
    body = {one.name: one for one in rows[2].fields}["body"]
    assert [body.gathered[start:end] for start, end in body.others] == list(planted.OTHERS[:2])
    assert body.shown.count("[WITHHELD:other_person]") == 2
    assert body.item == "planted.notes/3/body"
    [secret] = await reviewed_rows(ada, (), "planted.secrets", 1, 1)
    health = {one.name: one for one in secret.fields}["health"]
    assert (health.gathered, health.held and health.held.kind) == (
        planted.HEALTH, "health_information",
    )  # fmt: skip
    documents = await reviewed_rows(ada, (), "planted.documents", 1, 9)
    texts = [await file_text(ada, one.file) for row in documents for one in row.fields if one.file]
    assert texts.count(None) == 1
