"""Packages: whole, safe to open, the same for people and programs, and never more than they may."""

import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema  # type: ignore[import-untyped]
import pytest

from domain.notice_words import WithheldReason
from domain.notices import Withheld
from domain.vocabulary import Language
from packages import Cover
from packages.wording import catalogue
from tests.datamap.disclosure import planted
from tests.datamap.disclosure.gatherings import Gathered
from tests.packages.opened import opened, untabled


async def test_no_never_disclosed_value_is_anywhere(ada: Gathered, cover: Cover) -> None:
    """Invariant 4, RED-01 to RED-09: not in any file, packed or unpacked, nor in a file's name."""
    package = await opened(ada, cover)
    everything = package.everything() + package.facts.model_dump_json().encode()
    found = [name for name, value in planted.NEVER.items() if value.encode() in everything]
    assert found == []
    assert planted.HEALTH.encode() not in everything
    assert planted.PICTURE not in everything


async def test_nothing_of_other_people_is_shown(ada: Gathered, cover: Cover) -> None:
    """KNO-08: names, addresses, numbers and words of others are left out."""
    package = await opened(ada, cover)
    everything = package.everything()
    assert [word for word in planted.OTHERS if word.encode() in everything] == []
    assert package.rows("planted.notes")[2]["body"] == (
        "=1+2 <b>bold</b> [WITHHELD:other_person] ([WITHHELD:other_person]) knows."
    )


async def test_the_withheld_list_names_every_type(ada: Gathered, cover: Cover) -> None:
    """RED-01 to RED-08: one line for each type and reason, in the facts, data and index."""
    package = await opened(ada, cover)
    other, unread = WithheldReason.OTHER_PERSON, WithheldReason.NOT_YET_READ
    assert {
        Withheld(kind="ssn"),
        Withheld(kind="unique_biometric"),
        Withheld(kind="health_information", reason=WithheldReason.POLICY_HEALTH),
        Withheld(kind="planted.notes", reason=other),
        Withheld(kind="planted.people", reason=other),
        Withheld(kind="planted.documents", reason=unread),
    } <= set(package.facts.withheld)
    assert len(package.data["withheld"]) == len(package.facts.withheld) == 16
    assert "We hold your driver&#39;s license number." in package.index


async def test_tables_and_data_hold_the_same(ada: Gathered, cover: Cover) -> None:
    """KNO-02: each row of each table, read back, is the row of data.json."""
    package = await opened(ada, cover)
    for collection in package.data["collections"]:
        told = [
            {name: json.dumps(v) if isinstance(v, dict) else v for name, v in row.items()}
            for row in collection["rows"]
        ]
        assert [untabled(row) for row in package.table(collection["name"])] == told
    assert package.facts.rows == {
        one["name"]: len(one["rows"]) for one in package.data["collections"]
    }


async def test_tables_cannot_start_formulas(ada: Gathered, cover: Cover) -> None:
    """No cell begins with a sign that a spreadsheet works out."""
    package = await opened(ada, cover)
    tables = [package.table(one["name"]) for one in package.data["collections"]]
    cells = [cell for table in tables for row in table for cell in row.values()]
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r\n]", cell)]
    assert any(cell.startswith("'=1+2") for cell in cells)
    assert any(cell.startswith("'+1 559") for cell in cells)


async def test_data_follows_its_schema(ada: Gathered, cover: Cover) -> None:
    """KNO-02: data.json is as the schema beside it says."""
    package = await opened(ada, cover)
    schema = json.loads(package.files["schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(package.data, schema)


async def test_the_manifest_lists_every_file(ada: Gathered, cover: Cover) -> None:
    """Each file's hash is right, and the package's own is in the facts."""
    package = await opened(ada, cover)
    listed = json.loads(package.files["manifest.json"])["files"]
    assert {one["name"]: one["sha256"] for one in listed} == {
        name: hashlib.sha256(body).hexdigest()
        for name, body in package.files.items()
        if name != "manifest.json"
    }
    assert package.facts.package_hash == hashlib.sha256(package.body).hexdigest()
    assert package.facts.size == len(package.body)


async def test_the_same_input_gives_the_same_bytes(ada: Gathered, cover: Cover) -> None:
    """A package that is built again is the same package."""
    assert (await opened(ada, cover)).body == (await opened(ada, cover)).body


async def test_files_are_text_and_pictures_wait(ada: Gathered, cover: Cover) -> None:
    """RED-09, RED-12: what could be read is there as text under a number; the picture is not."""
    package = await opened(ada, cover)
    rows = {row["file_name"]: row["content"] for row in package.rows("planted.documents")}
    assert rows["photo.png"] == "[WITHHELD:not_yet_read]"
    assert package.files[rows["clean.pdf"]] == b"Ada Abbott likes gardening."
    assert not [name for name in package.files if "original" in name]
    waiting = {(one.item.split("/")[0], one.reason) for one in package.facts.needs_review}
    assert ("planted.documents", WithheldReason.NOT_YET_READ) in waiting
    assert package.facts.files == 4


async def test_the_index_shows_everything_and_runs_nothing(ada: Gathered, cover: Cover) -> None:
    """Values are escaped, nothing is fetched or run, and every link leads to a file or a part."""
    package = await opened(ada, cover)
    read = Read()
    read.feed(package.index)
    assert "<b>bold</b>" not in package.index
    assert "=1+2 <b>bold</b>" in " ".join(read.texts)
    assert read.tags.isdisjoint({"script", "img", "iframe", "object", "form", "link"})
    for link in read.links:
        assert link.removeprefix("#") in read.ids or link in package.files, link
    assert read.language == "en"
    assert read.levels[0] == 1
    assert all(
        after - before <= 1 for before, after in zip(read.levels, read.levels[1:], strict=False)
    )


async def test_a_package_speaks_the_readers_language(ada: Gathered, cover: Cover) -> None:
    """NOT-06: in Spanish every sentence is Spanish, the data is as it was typed."""
    package = await opened(ada, replace(cover, language=Language.SPANISH))
    assert '<html lang="es">' in package.index
    assert "Su información personal" in package.index
    assert "Conservamos el número de su licencia de conducir." in package.index
    assert "Your" not in re.sub(r"<style>.*?</style>", "", package.index, flags=re.DOTALL)


@pytest.mark.parametrize("language", Language)
def test_both_catalogues_have_the_same_keys(language: Language) -> None:
    """Nothing is said in one language only."""
    assert _keys(catalogue(language)) == _keys(catalogue(Language.ENGLISH))
    assert set(catalogue(language)["reasons"]) == {reason.value for reason in WithheldReason}


def _keys(words: object) -> object:
    return {k: _keys(v) for k, v in words.items()} if isinstance(words, dict) else None


class Read(HTMLParser):
    """What a page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.levels: list[int] = []
        self.texts: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.add(tag)
        self.ids.add(said.get("id") or "")
        self.language = self.language or said.get("lang") or ""
        if tag == "a":
            self.links.append(said.get("href") or "")
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
