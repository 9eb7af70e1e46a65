"""The printed form of a letter: the same words as its mail, as an accessible PDF (NOT-07).

Links become short codes to type, with a form to send back by post for who has no internet.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import typst
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from domain.notices import NoticeFacts
from domain.policy import Policy
from domain.vocabulary import Language, NoticeKind
from letters.addressee import Addressee, greeting_name, without_controls
from letters.render import Written, write
from letters.structure import Block, Piece

PDF = "application/pdf"
REPLIES = ("confirm", "disown")
"""Links whose question a person can answer by the form as well."""

_REGIONS = {Language.ENGLISH: "US", Language.SPANISH: "US"}


class PostalReader(BaseModel):
    """Who gets the letter, where they live, and the codes in place of links. Shows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    addressee: Addressee
    lines: tuple[str, ...]
    codes: Mapping[str, str]
    code_page: str

    def __repr__(self) -> str:
        """Say nothing of the person."""
        return "PostalReader()"

    __str__ = __repr__


def print_letter(
    kind: NoticeKind, facts: NoticeFacts, reader: PostalReader, policy: Policy
) -> bytes:
    """Return the letter as a PDF, tagged, with title and language.

    Raises:
        MissingItems, Unworded, ValueError: what ``render`` raises.
    """
    written = write(kind, facts, _linked(reader), policy)
    compiled = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"letter": json.dumps(_document(written, facts, reader, policy))},
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
    if not isinstance(compiled, bytes):
        raise ValueError("the letter could not be printed: it came out in pieces")
    return compiled


def code_address(reader: PostalReader, code: str) -> str:
    """Return the address behind a printed code: the page where it is typed, with it filled in."""
    return f"{reader.code_page}/{code}"


def _linked(reader: PostalReader) -> Addressee:
    """Let the templates see links, so that they say the words that go with them."""
    links = {name: code_address(reader, code) for name, code in reader.codes.items()}
    return reader.addressee.model_copy(update={"links": links})


def _document(
    written: Written, facts: NoticeFacts, reader: PostalReader, policy: Policy
) -> dict[str, Any]:
    language = reader.addressee.language
    words = _words(language)
    day = facts.written_on
    replies = {name: reader.codes[name] for name in REPLIES if name in reader.codes}
    business = policy.business
    return {
        "language": language.value,
        "region": _REGIONS[language],
        "subject": written.subject,
        "request_id": facts.request_id,
        "written_on": [day.year, day.month, day.day],
        "business": {"name": business.name, "address": list(business.postal_address)},
        "to": [greeting_name(reader.addressee.name), *map(without_controls, reader.lines)],
        "head": [list(row) for row in written.head],
        "body": [_block(block, reader, words) for block in written.body],
        "form": replies or None,
        "words": words | {"by_hand": words["by_hand"].format(phone=business.phone)},
    }


def _block(block: Block, reader: PostalReader, words: Mapping[str, Any]) -> dict[str, Any]:
    lines = [[_piece(piece) for piece in line] for line in block.lines]
    code = _code_of(block, reader) if block.kind == "action" else ""
    instruction = _instruction(words["type_code"], reader, code) if code else []
    return {"kind": block.kind, "lines": lines, "code": code, "instruction": instruction}


def _piece(piece: Piece) -> dict[str, Any]:
    told = piece.url in {"", piece.text, f"mailto:{piece.text}"}
    shown = "" if told else piece.url
    return {"text": piece.text, "strong": piece.strong, "url": piece.url, "shown": shown}


def _code_of(block: Block, reader: PostalReader) -> str:
    url = block.lines[0][0].url
    return next((code for code in reader.codes.values() if code_address(reader, code) == url), "")


def _instruction(sentence: str, reader: PostalReader, code: str) -> list[dict[str, str]]:
    """Divide the sentence at its page and its code, which are set apart."""
    before, _, rest = sentence.partition("{page}")
    between, _, after = rest.partition("{code}")
    return [
        {"kind": "text", "text": before},
        {"kind": "page", "text": reader.code_page, "url": code_address(reader, code)},
        {"kind": "text", "text": between},
        {"kind": "code", "text": code},
        {"kind": "text", "text": after},
    ]


@cache
def _template() -> bytes:
    return (files("letters") / "templates" / "paper.typ").read_bytes()


@cache
def _words(language: Language) -> dict[str, Any]:
    text = (files("letters") / "words" / "paper.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = YAML(typ="safe", pure=True).load(text)[language.value]
    return words
