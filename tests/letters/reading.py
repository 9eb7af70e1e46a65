"""Reads an HTML letter as a browser does: its tags, its addresses, its visible words."""

import re
from html.parser import HTMLParser


class Read(HTMLParser):
    """What a page holds, by kind."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        self.addresses.extend(value or "" for name, value in attrs if name == "href")
        self._hidden = tag in {"style", "title", "script"} or (self._hidden and tag != "main")

    def handle_endtag(self, tag: str) -> None:
        self.text += " " if tag == "dt" else ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, without addresses, rules and list marks."""
    without_addresses = re.sub(r"\(?https?://[^\s)]+\)?", " ", text)
    return re.findall(r"\w[\w’'@.-]*\w|\w", without_addresses)
