"""The plain-text form of a letter's structure."""

import textwrap
from collections.abc import Iterable

from letters.structure import Block, Line, Piece

WIDTH = 72
"""Columns of a text letter; addresses are never broken."""


def text_of(blocks: Iterable[Block]) -> str:
    """Return ``blocks`` as wrapped text, divided by blank lines."""
    return "\n\n".join(_text(block) for block in blocks)


def _text(block: Block) -> str:
    first = block.lines[0]
    if block.kind == "heading":
        title = _inline(first)
        return f"{title}\n{'-' * len(title)}"
    if block.kind == "action":
        return f"{_wrapped(first[0].text + ':')}\n{first[0].url}"
    if block.kind == "list":
        return "\n".join(_wrapped(_inline(line), "- ", "  ") for line in block.lines)
    return _wrapped(_inline(first))


def _inline(line: Line) -> str:
    return "".join(_piece(piece) for piece in line)


def _piece(piece: Piece) -> str:
    if not piece.url or piece.url in {piece.text, f"mailto:{piece.text}"}:
        return piece.text
    return f"{piece.text} ({piece.url})"


def _wrapped(text: str, first: str = "", further: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
