"""What a look at one part came to, and how looks are made."""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import NamedTuple

from workers.settings import Settings


class Standing(StrEnum):
    """Whether a part does its work."""

    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"


class Finding(NamedTuple):
    """One part, how it stands, what was seen, and what to do when it is not good."""

    part: str
    standing: Standing
    says: str
    fix: str = ""


Look = Callable[[Settings], AsyncIterator[Finding]]
"""One look at an installation. What it raises becomes a finding of its own."""


def good(part: str, says: str) -> Finding:
    """Say that a part does its work."""
    return Finding(part, Standing.GOOD, says)


def note(part: str, says: str, fix: str = "") -> Finding:
    """Say what an operator should know, though nothing fails by it."""
    return Finding(part, Standing.NOTE, says, fix)


def wrong(part: str, says: str, fix: str) -> Finding:
    """Say what keeps the installation from its work."""
    return Finding(part, Standing.WRONG, says, fix)
