"""Reads one Word or Excel file from standard input and writes its text as JSON; its own process.

Such a file is an archive of XML. It may be made to eat time and memory, so this process has little
of both, opens no more than it may, and takes no document with a type definition, which could
define entities. Anything in the archive that is not XML (a picture, a macro, another file) is not
read, and makes the text less than the whole.
"""

import contextlib
import io
import json
import posixpath
import resource
import sys
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 20
MOST_PARTS = 2000
MOST_BYTES = 64 * 1024 * 1024
MOST_CHARACTERS = 5_000_000

_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
_SHARED = "xl/sharedStrings.xml"
_BREAKS = {"p": "\n", "br": "\n", "cr": "\n", "row": "\n", "tab": "\t", "c": "\t", "si": "\n"}
_XML = (".xml", ".rels")


class Unreadable(Exception):
    """Not a file of these kinds, or one made to do harm."""


def main() -> None:
    """Answer with ``text``, ``media_type``, and ``whole``: whether the file shows nothing else."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)


def read(body: bytes) -> dict[str, object]:
    """Return a file's text, its kind, and whether that is everything it shows."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = _bounded(archive)
        media_type = next((kind for name, kind in _KINDS.items() if name in parts), None)
        if media_type is None:
            raise Unreadable
        xml = {name: _parsed(archive.read(name)) for name in parts if name.endswith(_XML)}
    shared = [_text(one).strip() for one in xml[_SHARED]] if _SHARED in xml else []
    text = "\n".join(filter(None, (_said(name, root, shared) for name, root in xml.items())))
    whole = len(xml) == len(parts) and len(text) <= MOST_CHARACTERS
    return {"text": text[:MOST_CHARACTERS], "whole": whole, "media_type": media_type}


def _bounded(archive: zipfile.ZipFile) -> list[str]:
    """Name the parts; an archive that unpacks to too much, or is locked, is not opened."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    locked = any(part.flag_bits & 1 for part in parts)
    if locked or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise Unreadable
    return sorted(part.filename for part in parts)


def _parsed(part: bytes) -> Element:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\x00" in part:
        raise Unreadable
    return ElementTree.fromstring(part)


def _said(name: str, root: Element, shared: list[str]) -> str:
    if name.endswith(".rels"):
        return "\n".join(one.get("Target", "") for one in root if one.get("TargetMode"))
    if name == _SHARED:
        return ""
    if posixpath.dirname(name) == "xl/worksheets":
        return "\n".join(_rows(root, shared))
    return _text(root).strip()


def _rows(sheet: Element, shared: list[str]) -> Iterator[str]:
    for row in sheet.iter():
        if _name(row) == "row":
            yield "\t".join(_cell(cell, shared) for cell in row)
        elif _name(row) in {"oddHeader", "oddFooter", "evenHeader", "evenFooter"}:
            yield row.text or ""


def _cell(cell: Element, shared: list[str]) -> str:
    value = next((one.text or "" for one in cell if _name(one) == "v"), "")
    if cell.get("t") == "s" and value.isdecimal() and int(value) < len(shared):
        return shared[int(value)]
    formula = next((one.text or "" for one in cell if _name(one) == "f"), "")
    inline = "".join(_text(one).strip() for one in cell if _name(one) == "is")
    return " ".join(filter(None, (value, inline, formula)))


def _text(root: Element) -> str:
    """Join the texts of an element, so that a number written in pieces is one again."""
    return "".join(_pieces(root))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for inner in element:
        yield from _pieces(inner)
        yield inner.tail or ""
    yield _BREAKS.get(_name(element), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
