"""A package as somebody who got it opens it."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from domain.package import PackageFacts, ReviewDecision
from packages import Cover, Gathering, build
from packages.tables import armed


class Taken:
    """Takes the chunks of a package."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    async def put(self, chunk: bytes) -> int:
        self.chunks.append(chunk)
        return len(self.chunks) - 1


class Opened:
    """A package, unpacked."""

    def __init__(self, body: bytes, facts: PackageFacts) -> None:
        self.body = body
        self.facts = facts
        archive = zipfile.ZipFile(io.BytesIO(body))
        assert archive.testzip() is None
        self.files = {name: archive.read(name) for name in archive.namelist()}

    @property
    def data(self) -> Any:
        """What ``data.json`` says."""
        return json.loads(self.files["data.json"])

    @property
    def index(self) -> str:
        """What ``index.html`` says."""
        return self.files["index.html"].decode()

    def rows(self, place: str) -> list[dict[str, Any]]:
        """Return a collection's rows as other programs get them."""
        [one] = [one for one in self.data["collections"] if one["name"] == place]
        rows: list[dict[str, Any]] = one["rows"]
        return rows

    def table(self, place: str) -> list[dict[str, str]]:
        """Return a collection's rows as a spreadsheet shows them."""
        text = self.files[f"csv/{place}.csv"].decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def everything(self) -> bytes:
        """Return all names and contents, packed and unpacked."""
        return b"\n".join([self.body, *self.files.values(), *map(str.encode, self.files)])


async def opened(
    gathering: Gathering, cover: Cover, decisions: Sequence[ReviewDecision] = ()
) -> Opened:
    """Build a package and open it."""
    taken = Taken()
    facts = await build(gathering, cover, decisions, taken, 1)
    return Opened(b"".join(taken.chunks), facts)


def untabled(row: dict[str, str]) -> dict[str, str | None]:
    """Return a table's row as it was before it was made safe for spreadsheets."""
    return {name: armed(cell) or None for name, cell in row.items()}
