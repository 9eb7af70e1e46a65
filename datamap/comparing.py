"""What was offered to prove who asks, beside what is held of the one person who fits best (VER)."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from datamap.normalise import same
from domain.vocabulary import PointOfIdentity

KEPT_AS = "identity_comparison"
"""The vault's kind of a comparison: personal on both sides, and gone with the proofs (VER-02)."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Verdict(StrEnum):
    """What the records say to an offered point."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_HELD = "not_held"


class ComparedPoint(_Facts):
    """One point: as offered, as held, and whether it counts (VER-18, VER-19)."""

    kind: PointOfIdentity
    offered: str = Field(repr=False)
    held: tuple[str, ...] = Field(repr=False)
    verdict: Verdict
    counts: bool = Field(description="Matched, and reliable as the policy has it.")


class Comparison(_Facts):
    """Everything that was offered, against one person's records; never a sum over several."""

    points: tuple[ComparedPoint, ...]
    found: bool = Field(description="Whether anybody fits at all.")
    rivals: int = Field(description="Others who fit as well; then nobody is identified (VER-18).")
    points_counted: int
    points_needed: int
    address_proved: bool
    address_on_file: bool = Field(description="The proved address is this person's (VER-17).")
    address_settled: bool = Field(description="It was so, unchanged, for the policy's days.")


def compared(
    offered: Mapping[PointOfIdentity, str],
    held: Mapping[PointOfIdentity, frozenset[str]],
    counted: frozenset[PointOfIdentity],
) -> tuple[ComparedPoint, ...]:
    """Set what was offered against what is held; ``counted`` are the kinds that count."""
    return tuple(
        ComparedPoint(
            kind=kind,
            offered=text,
            held=tuple(sorted(held.get(kind, ()))),
            verdict=_verdict(kind, text, held.get(kind, frozenset()), counts=kind in counted),
            counts=kind in counted,
        )
        for kind, text in offered.items()
    )


def _verdict(kind: PointOfIdentity, text: str, held: frozenset[str], *, counts: bool) -> Verdict:
    if counts or any(same(kind, text, value) for value in held):
        return Verdict.MATCHES
    return Verdict.DIFFERS if held else Verdict.NOT_HELD
