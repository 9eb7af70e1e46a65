"""A package on paper: what the index says of it, as an accessible PDF to be posted (NOT-07).

It is made of a package that stands, so that paper and download say the same.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import typst
from babel.dates import format_date

from domain.vocabulary import Language
from packages.names import DATA
from packages.tables import cell_text
from packages.wording import catalogue

PDF = "application/pdf"


class Printed(NamedTuple):
    """What goes into the envelope: the PDF, and files that are printed as they are, by name."""

    pdf: bytes
    originals: Mapping[str, bytes]


def print_package(archive: bytes) -> Printed:
    """Return a package in the form that is posted.

    Raises:
        ValueError: the bytes are no package, or the PDF came out in pieces.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        data = json.loads(opened.read(DATA))
        texts = {f["text"]: opened.read(f["text"]).decode() for f in data["files"] if f["text"]}
        named = [f["original"] for f in data["files"] if f["original"]]
        originals = {name.rpartition("/")[2]: opened.read(name) for name in named}
    compiled = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"package": json.dumps(_document(data, texts))},
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
    if not isinstance(compiled, bytes):
        raise ValueError("the package could not be printed: it came out in pieces")
    return Printed(compiled, originals)


def _document(data: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    language = Language(data["language"])
    words, day = catalogue(language), date.fromisoformat(data["written_on"])
    return {
        "language": language.value,
        "title": words["title"],
        "request": [words["request"], data["request"]],
        "business": data["business"]["name"],
        "written_on": [words["written_on"], [day.year, day.month, day.day], _day(day, language)],
        "period": words["period"].format(
            **{
                name: _day(date.fromisoformat(data["period"][end]), language)
                for name, end in (("first", "from"), ("last", "to"))
            }
        ),
        "summary": words["summary"],
        "lists": list(_lists(data, words)),
        "withheld": words["withheld"],
        "data": words["data"],
        "collections": [_collection(one, words) for one in data["collections"] if one["rows"]],
        "files": [{"name": name, "text": text} for name, text in texts.items()],
    }


def _lists(data: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    report = data["report"]
    for name in ("categories", "sources", "purposes", "third_parties"):
        yield _listing(words[name], _texts(report[name]), words[f"no_{name}"])
    for name, title in (("sold_or_shared", "sold"), ("disclosed", "disclosed")):
        rows = [
            ": ".join([row["category"]["text"], ", ".join(_texts(row["recipients"]))])
            for row in report[name]
        ]
        yield _listing(words[title], rows, words[f"no_{title}"])
    yield _listing(words["withheld"], _texts(data["withheld"]), words["no_withheld"])


def _listing(title: str, lines: Iterable[str], otherwise: str) -> dict[str, Any]:
    return {"title": title, "lines": list(lines), "otherwise": otherwise}


def _texts(coded: Iterable[Mapping[str, str]]) -> list[str]:
    return [each["text"] for each in coded]


def _collection(one: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    labels = [(field["name"], field["label"]) for field in one["fields"]]
    rows = [
        [[label, cell_text(row.get(name)) or words["empty"]] for name, label in labels]
        for row in one["rows"]
    ]
    return {"label": one["label"], "rows": rows}


def _day(day: date, language: Language) -> str:
    return format_date(day, "long", locale=language.value)


@cache
def _template() -> bytes:
    return (files("packages") / "templates" / "package.typ").read_bytes()
