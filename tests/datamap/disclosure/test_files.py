"""Files: what is text is read, cleaned and shown; anything else waits for a person."""

import base64
import json
import re
import zipfile
from io import BytesIO

import pytest

from datamap.disclosure.children import read_by
from datamap.disclosure.files import Spot, decoded, judge_file, readable
from datamap.disclosure.scrubbing import Cleaner
from domain.gathering import GatheredFile, pack_file, unpack_file
from domain.other_people import Own
from tests.datamap.disclosure.pdfs import pdf

SSN = "123-45-6789"


async def judged(body: bytes) -> GatheredFile:
    """Judge a file of Ada's."""
    cleaner = Cleaner(Own.of(names=["Ada Abbott"]), [])
    return await judge_file(body, cleaner, Spot(1, "shop.files", 1, "content"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"Plain text", "Plain text"),
        ("\N{BYTE ORDER MARK}Ünïcode".encode(), "Ünïcode"),
        ("wide".encode("utf-16"), "wide"),
        ("Señor".encode("cp1252"), "Señor"),
        (b"name,mail\nAda,ada@example.org\n", "name,mail\nAda,ada@example.org\n"),
        (b"<p>1&#50;3</p>", "<p>123</p>"),
        (b'{"a": "\\u0031"}', '{\n "a": "1"\n}'),
    ],
)
async def test_text_is_read_whatever_its_form(body: bytes, text: str) -> None:
    """RED-09: text in any usual encoding is read, and signs written as codes are written out."""
    read = await readable(body)
    assert (read.text, read.whole) == (text, True)


def _archive() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", SSN)
    return file.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"\xff\xd8\xff\xe0" + bytes(40),
        _archive(),
        b"{\\rtf1 \\'31\\'32\\'33}",
        b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(SSN.encode()),
        b"see data:text/plain;base64," + base64.b64encode(SSN.encode()),
        b"%PDF-1.4 broken",
        b"text\x00with a hole",
    ],
    ids=["png", "jpeg", "zip", "rtf", "mail part", "data url", "broken pdf", "binary"],
)
async def test_what_cannot_be_read_waits_for_staff(body: bytes) -> None:
    """RED-12: a picture, an archive, a broken file or coded content is held back and kept."""
    file = await judged(body)
    assert (file.text, file.whole, file.original_size) == (None, False, len(body))


async def test_a_pdf_is_read_and_cleaned() -> None:
    """RED-09: its text and title are shown without numbers; then the file itself is not kept."""
    file = await judged(pdf(["Ada Abbott", f"SSN {SSN}", "and Paul Stern"], title=f"Of {SSN}"))
    assert file.text is not None
    assert "Ada Abbott" in file.text
    assert "6789" not in file.text
    assert file.text[slice(*file.others[0])] == "Paul Stern"
    assert (file.never, file.whole, file.original_size) == (("ssn",), True, None)


async def test_a_pdf_with_a_picture_is_shown_in_part() -> None:
    """RED-12: its text is shown, and the file waits for staff, for the picture is not read."""
    body = pdf(["Ada Abbott"], picture=True)
    file = await judged(body)
    assert (file.text, file.whole, file.original_size) == ("Ada Abbott", False, len(body))


def office(parts: dict[str, str]) -> bytes:
    """Make an archive of XML parts, as office programs do."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _word(*runs: str) -> str:
    pieces = "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs)
    return f'<w:document xmlns:w="w"><w:p>{pieces}</w:p></w:document>'


DOCX = {
    "word/document.xml": _word("Ada Abbott, card 4111 ", "1111 11", "11 1111"),
    "word/footnotes.xml": _word(f"SSN {SSN[:5]}", SSN[5:]),
    "docProps/core.xml": "<c><title>Boat</title><by>sold by Paul Stern</by></c>",
}
XLSX = {
    "xl/workbook.xml": "<workbook/>",
    "xl/sharedStrings.xml": (
        f"<sst><si><t>Ada Abbott</t></si><si><t>SSN </t><t>{SSN}</t></si></sst>"
    ),
    "xl/worksheets/sheet1.xml": (
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
        '<row><c><v>4111111111111111</v></c><c t="inlineStr"><is><t>Paul Stern</t></is></c></row>'
        "</sheetData></worksheet>"
    ),
}


@pytest.mark.parametrize(
    ("parts", "kind"), [(DOCX, "wordprocessingml.document"), (XLSX, "spreadsheetml.sheet")]
)
async def test_an_office_file_is_read_and_cleaned(parts: dict[str, str], kind: str) -> None:
    """RED-09: numbers in pieces, in notes and in cells are found; then the file is not kept."""
    file = await judged(office(parts))
    assert file.text is not None
    assert "Ada Abbott" in file.text
    assert not {"4111", "6789"} & set(re.findall(r"\d{4}", file.text))
    assert file.text[slice(*file.others[0])] == "Paul Stern"
    assert file.media_type.endswith(kind)
    assert (set(file.never), file.whole) == ({"ssn", "financial_account_number"}, True)
    assert file.original_size is None


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("word/media/image1.png", "a picture"),
        ("word/vbaProject.bin", "a macro"),
        ("word/bad.xml", '<!DOCTYPE a [<!ENTITY b "bbb">]><a>&b;</a>'),
        ("word/broken.xml", "<a>"),
        ("word/huge.xml", "<a>" + " " * (64 * 1024 * 1024) + "</a>"),
    ],
    ids=["picture", "macro", "entities", "broken", "bomb"],
)
async def test_an_office_file_that_is_more_than_text_waits_for_staff(
    part: str, content: str
) -> None:
    """RED-12: what is not read wholly and surely is kept and held back."""
    body = office({"word/document.xml": _word("Ada Abbott"), part: content})
    file = await judged(body)
    assert (file.whole, file.original_size) == (False, len(body))
    assert file.text in {None, "Ada Abbott"}


async def test_a_pdf_that_takes_too_long_is_not_read() -> None:
    """A reader that hangs is ended, and the file counts as unread."""
    assert await read_by("pdf_child.py", pdf(["Ada"]), seconds=0.001) is None


def test_stored_forms_are_decoded() -> None:
    """Bytes come as hexadecimal from Postgres and as base64 from others; else as they are."""
    assert decoded("\\x" + b"cv".hex()) == b"cv"
    assert decoded(base64.b64encode(b"cv..").decode()) == b"cv.."
    assert decoded("no base64!") == b"no base64!"


async def test_a_file_comes_back_as_it_was_put_away() -> None:
    """Head and text of a file survive storage, unpaired surrogates of JSON included."""
    file = await judged(json.dumps({"of": "Paul Stern \ud800"}).encode())
    assert unpack_file(pack_file(file)) == file
