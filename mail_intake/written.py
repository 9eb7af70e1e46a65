"""What the writer of a mail wrote: its text without what is quoted, signed below or markup."""

import re
from email.message import Message
from html.parser import HTMLParser

from mail_intake.mime import leaves, text

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKING = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "table", "ul", "ol"})

_QUOTE_BEGINS = re.compile(
    r"^\s*(?:"
    r"-{2,}\s*(?:original message|forwarded message|mensaje original|mensaje reenviado)\b.*|"
    r"begin forwarded message:.*|"
    r"(?:on|el|am|le)\b.{0,200}\b(?:wrote|escribi[oó]|schrieb|a écrit)\s*:?\s*|"
    r"_{10,}\s*|"
    r"(?:from|de|von):\s.{0,200}@.{0,200}"
    r")$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$")
_MANY_BREAKS = re.compile(r"\n{3,}")
_MARKS = re.compile(r"[^\S\n]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]")


def body_of(message: Message, longest: int) -> str:
    """Return the whole text: the plain form where there is one, else what the HTML shows."""
    plain = hypertext = ""
    for part in leaves(message):
        if part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not plain.strip():
            plain = text(part, longest)
        elif kind == "text/html" and not hypertext.strip():
            hypertext = text(part, longest)
    return tidy(plain) or tidy(_shown(hypertext))


def own_words(body: str) -> str:
    """Return what stands above the quoted letter and the signature; all of it if nothing does."""
    kept: list[str] = []
    for line in body.splitlines():
        if _QUOTE_BEGINS.match(line[:500]) or _SIGNATURE.match(line):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return tidy("\n".join(kept))


def tidy(words: str) -> str:
    """Return text with plain line breaks, without controls and without long gaps."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    lines = _MARKS.sub(" ", _UNPRINTABLE.sub(" ", lines))
    return _MANY_BREAKS.sub("\n\n", "\n".join(line.strip() for line in lines.split("\n"))).strip()


def _shown(hypertext: str) -> str:
    reader = _Reader()
    reader.feed(hypertext)
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Collects what a browser would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKING:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)
