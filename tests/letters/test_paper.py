"""The printed letter: the words of the mail, accessible, with codes in place of links (NOT-07)."""

import re
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from domain.notices import ConsumerFacts
from domain.policy import Policy
from domain.vocabulary import Language
from letters.paper import PostalReader, print_letter
from letters.render import write
from letters.samples import Sample, samples
from letters.structure import Piece

ADDRESS = ("1480 Guerrero Street", "San Francisco, CA 94110")
CODE_PAGE = "https://privacy.example.com/c"
TO_PEOPLE = [each for each in samples() if isinstance(each.facts, ConsumerFacts)]
_FOOTER = re.compile(r"(?:Page|Página) \d+ (?:of|de) \d+ · PR-\S+")


def reader_of(sample: Sample, language: Language) -> PostalReader:
    """Let the sample's reader live at an address and have a code for every link."""
    addressee = sample.addressee(language)
    codes = {link: f"7K3M-9QXZ-{n:04}" for n, link in enumerate(addressee.links)}
    return PostalReader(addressee=addressee, lines=ADDRESS, codes=codes, code_page=CODE_PAGE)


def flat(text: str) -> str:
    """Return text on one line, whatever its spaces were."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def text_of(pdf: bytes) -> str:
    """Return what a screen reader gets, on one line, without the pages' feet."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return flat(_FOOTER.sub(" ", flat(" ".join(pages))))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("sample", TO_PEOPLE, ids=lambda each: f"{each.kind}-{each.slug}")
def test_every_letter_prints_in_the_same_words(
    sample: Sample, language: Language, policy: Policy
) -> None:
    """Title, language and tags are there, and every sentence of the mail (PRN-07, NOT-06)."""
    reader = reader_of(sample, language)
    pdf = print_letter(sample.kind, sample.facts, reader, policy)
    document = PdfReader(BytesIO(pdf))
    said, root = text_of(pdf), dict[str, Any](document.root_object)
    written = write(sample.kind, sample.facts, reader.addressee, policy)
    assert document.metadata is not None
    assert document.metadata.title == written.subject
    assert root["/Lang"] == f"{language}-US"
    assert root["/MarkInfo"] == {"/Marked": True, "/Suspects": False}
    assert "/StructTreeRoot" in root
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    missing = [
        piece.text
        for block in written.body
        for line in block.lines
        for piece in line
        if not _is_said(piece, said)
    ]
    assert missing == []
    assert all(line in said for line in ADDRESS)


def _is_said(piece: Piece, said: str) -> bool:
    if piece.url:  # an address may be broken at the end of a line
        return piece.text.replace(" ", "") in said.replace(" ", "")
    return flat(piece.text) in said


def test_links_become_codes_and_a_form_to_send_back(policy: Policy) -> None:
    """Each box names the page and its code; the form repeats those that paper can answer."""
    sample = next(each for each in TO_PEOPLE if (each.kind, each.slug) == ("N-01", "deletion"))
    reader = reader_of(sample, Language.ENGLISH)
    said = text_of(print_letter(sample.kind, sample.facts, reader, policy))
    letter, _, form = said.partition("Reply form")
    for link in ("confirm", "respond", "disown"):
        assert f"Go to {CODE_PAGE} and type the code {reader.codes[link]}." in letter
    assert f"{CODE_PAGE}/{reader.codes['status']}" in letter
    assert reader.codes["confirm"] in form
    assert reader.codes["disown"] in form
    assert reader.codes["respond"] not in form
    assert policy.business.phone in said


def test_a_name_or_address_is_never_read_as_markup(policy: Policy) -> None:
    """What somebody typed stands in the PDF as typed, whatever Typst would make of it."""
    sample = TO_PEOPLE[0]
    plain = reader_of(sample, Language.ENGLISH)
    hostile = ('#read("/etc/passwd") $x$ *bold*', "#panic() \\ ] }")
    said = text_of(
        print_letter(sample.kind, sample.facts, plain.model_copy(update={"lines": hostile}), policy)
    )
    assert all(flat(line) in said for line in hostile)
    assert "root:" not in said


def test_a_printed_letter_shows_nobody_in_its_representation(policy: Policy) -> None:
    """Logs never say who lives where."""
    reader = reader_of(TO_PEOPLE[0], Language.ENGLISH)
    assert "Guerrero" not in repr(reader) + str(reader)
