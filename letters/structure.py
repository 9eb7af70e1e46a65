"""The one structure from which both forms of a letter are made, so that they cannot diverge.

Templates write paragraphs divided by blank lines, ``- `` for points of a list (longer ones go on
with two spaces) and ``## `` for a heading. Links and emphasis are marked with control characters,
which no value can hold.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from letters.addressee import without_controls

_LINK, _LABEL, _STRONG, _END, _QUIET = "\x01", "\x02", "\x03", "\x04", "\x05"
_INLINE = re.compile(f"{_LINK}([^{_LABEL}]*){_LABEL}([^{_END}]*){_END}|{_STRONG}([^{_END}]*){_END}")


class Marked(str):
    """Text that a template helper made and that may hold our marks."""


@dataclass(frozen=True)
class Piece:
    """A run of text: plain, emphasised, or the label of a link (quiet: not what we invite to)."""

    text: str
    strong: bool = False
    url: str = ""
    quiet: bool = False


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, a list, or a link that stands alone as a button."""

    kind: Literal["heading", "paragraph", "list", "action"]
    lines: tuple[Line, ...]


def link(url: str, label: str, *, quiet: bool = False) -> Marked:
    """Mark ``label`` as a link."""
    return Marked(f"{_LINK}{url}{_LABEL}{_QUIET if quiet else ''}{label}{_END}")


def strong(text: str) -> Marked:
    """Mark ``text`` as what a hurried reader should see."""
    return Marked(f"{_STRONG}{without_controls(text)}{_END}")


def printed(value: object) -> str:
    """Return what a template prints of ``value``; only our helpers may mark anything."""
    return value if isinstance(value, Marked) else without_controls(str(value))


def blocks(source: str) -> tuple[Block, ...]:
    """Read the text of an item into its blocks."""
    chunks = (chunk for chunk in re.split(r"\n\s*\n", source) if chunk.strip())
    return tuple(block for chunk in chunks for block in _chunk(chunk.splitlines()))


def says_something(source: str) -> bool:
    """Tell whether an item holds more than a heading."""
    return any(block.kind != "heading" for block in blocks(source))


def _chunk(lines: list[str]) -> Iterator[Block]:
    for kind, group in groupby(filter(str.strip, _joined(lines)), key=_kind):
        texts = [line.removeprefix("## ").removeprefix("- ").strip() for line in group]
        if kind == "paragraph":
            yield _paragraph(" ".join(texts))
        else:
            yield Block(kind, tuple(_pieces(text) for text in texts))


def _joined(lines: list[str]) -> Iterator[str]:
    """Put the further lines of a list's point, which begin with two spaces, behind its first."""
    held = ""
    for line in lines:
        if line.startswith("  ") and held:
            held = f"{held} {line.strip()}"
        else:
            yield held
            held = line.strip()
    yield held


def _kind(line: str) -> Literal["heading", "paragraph", "list"]:
    if line.startswith("## "):
        return "heading"
    return "list" if line.startswith("- ") else "paragraph"


def _paragraph(text: str) -> Block:
    line = _pieces(text)
    alone = len(line) == 1 and line[0].url and line[0].url != line[0].text
    return Block("action" if alone else "paragraph", (line,))


def _pieces(text: str) -> Line:
    pieces, position = [], 0
    for mark in _INLINE.finditer(text):
        pieces.append(Piece(text[position : mark.start()]))
        pieces.append(_marked(*mark.groups()))
        position = mark.end()
    pieces.append(Piece(text[position:]))
    return tuple(piece for piece in pieces if piece.text)


def _marked(url: str | None, label: str | None, emphasised: str | None) -> Piece:
    if url is None or label is None:
        return Piece(emphasised or "", strong=True)
    return Piece(label.removeprefix(_QUIET), url=url, quiet=label.startswith(_QUIET))


def addresses(links: Mapping[str, str]) -> dict[str, str]:
    """Return the links whose address may stand in a letter.

    Raises:
        ValueError: an address is not http(s) or holds spaces, quotes or control characters.
    """
    for name, url in links.items():
        if not re.fullmatch(r"https?://[^\s<>\"'\x00-\x1f]+", url):
            raise ValueError(f"the link {name!r} is not an http(s) address; check public_url")
    return dict(links)
