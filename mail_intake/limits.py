"""What a mail may be at most. What is beyond is parked for a person, unread by any parser.

A parser's work grows with lines times nesting, so both are counted in the raw bytes first.
"""

from pydantic import BaseModel, ConfigDict, Field

HEADERS_END = (b"\r\n\r\n", b"\n\n")


class TooHard(Exception):
    """A mail that is not read by a machine; ``reason`` is the code that staff see."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the mail is not read: {reason}; look at it with privacy mail show")
        self.reason = reason


class Limits(BaseModel):
    """Bounds on one mail and its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mail_bytes: int = Field(default=25 * 1024 * 1024, gt=0, description="Bytes of one mail.")
    header_bytes: int = Field(default=128 * 1024, gt=0, description="Bytes of its headers.")
    lines: int = Field(default=600_000, gt=0, description="Lines of one mail.")
    nesting: int = Field(default=20, gt=0, description="Multiparts and mails within it.")
    parts: int = Field(default=200, gt=0, description="Lines that could divide its parts.")
    hops: int = Field(default=50, gt=0, description="Servers it came through; more is a loop.")
    files: int = Field(default=10, gt=0, description="Attachments that are kept apart.")
    file_bytes: int = Field(default=10 * 1024 * 1024, gt=0, description="Bytes of one of them.")
    text_bytes: int = Field(default=256 * 1024, gt=0, description="Bytes of text that are read.")


def check(raw: bytes, limits: Limits) -> None:
    """Count what a parser would stumble over.

    Raises:
        TooHard: there is too much of something.
    """
    lowered = raw.lower()
    found = {
        "too_large": len(raw) > limits.mail_bytes,
        "long_headers": _header_length(raw) > limits.header_bytes,
        # Either ends a line, so a mail as it travels has two for each.
        "too_many_lines": raw.count(b"\n") + raw.count(b"\r") > 2 * limits.lines,
        "nested_too_deep": lowered.count(b"multipart/") + lowered.count(b"message/rfc822")
        > limits.nesting,
        "too_many_parts": raw.count(b"\n--") + raw.count(b"\r--") > limits.parts,
        "loop": lowered[: limits.header_bytes].count(b"\nreceived:") > limits.hops,
    }
    for reason, holds in found.items():
        if holds:
            raise TooHard(reason)


def _header_length(raw: bytes) -> int:
    ends = [place for mark in HEADERS_END if (place := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))
