"""Pages for people: templates, words in two languages, who answers. No script, no cookie."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from ruamel.yaml import YAML
from starlette.requests import Request
from starlette.responses import HTMLResponse

from domain import policies
from domain.vocabulary import Language

_ROW_NUMBER = re.compile(r"_\d+$")
_CODE = re.compile(r"`([^`]+)`")

ROOM = Path(__file__).parent
LANGUAGE_PARAMETER = "lang"

Words = Mapping[str, Any]


def catalogue(language: Language) -> Words:
    """Return every word of the pages in ``language``."""
    text = (ROOM / "messages" / f"{language}.yaml").read_text(encoding="utf-8")
    words: Words = YAML(typ="safe", pure=True).load(text)
    return words


def language_of(request: Request, known: Language | None = None) -> Language:
    """Choose a page's language: the reader's click, else the request's, else the browser's."""
    chosen = request.query_params.get(LANGUAGE_PARAMETER, "")
    if chosen in {*Language}:
        return Language(chosen)
    return known or _accepted(request.headers.get("accept-language", ""))


@dataclass(frozen=True)
class Page:
    """One page to show: which template, how it answers, and what stands on it."""

    template: str
    language: Language
    values: Mapping[str, object]
    status: int = 200
    headers: Mapping[str, str] | None = None


class Pages:
    """Renders pages under the name and contact of the company."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._words = {language: catalogue(language) for language in Language}
        self._environment = Environment(
            loader=FileSystemLoader(ROOM / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"fill": _fill, "dial": _dial, "marked": _marked, "row": _row}

    def words(self, language: Language) -> Words:
        """Return every word of the pages in ``language``."""
        return self._words[language]

    def render(self, request: Request, page: Page) -> HTMLResponse:
        """Return ``page`` as HTML, with a link to itself in the other language."""
        language = page.language
        words = self._words[language]
        html = self._environment.get_template(page.template).render(
            {
                "t": words,
                "language": language.value,
                "other_language": _other(language).value,
                "path": request.url.path,
                "here": _here(request, language),
                "elsewhere": _here(request, _other(language)),
                "business": self._business(),
                "day": lambda value: format_date(value, format="long", locale=language.value),
                **page.values,
            }
        )
        headers = {"Content-Language": language.value, **(page.headers or {})}
        return HTMLResponse(html, page.status, headers)

    def _business(self) -> dict[str, str] | None:
        try:
            business = policies.in_force_at(self._now()).business
        except (policies.NoPolicyInForce, policies.PolicyNotLoaded):
            return None
        return {
            "name": business.name,
            "email": business.contact_email,
            "phone": business.phone,
            "policy": business.privacy_policy_url,
        }


def _accepted(header: str) -> Language:
    wanted = [part.strip().lower()[:2] for part in header.split(",")]
    return next((Language(code) for code in wanted if code in {*Language}), Language.ENGLISH)


def _other(language: Language) -> Language:
    return Language.SPANISH if language is Language.ENGLISH else Language.ENGLISH


def _here(request: Request, language: Language) -> str:
    """Return the address of the page itself in ``language``, with what was chosen in it."""
    chosen = [each for each in request.query_params.multi_items() if each[0] != LANGUAGE_PARAMETER]
    # A path that begins with two slashes would be read as another site's address.
    path = "/" + request.url.path.lstrip("/")
    return f"{path}?{urlencode([(LANGUAGE_PARAMETER, language.value), *chosen])}"


def _fill(sentence: str, **values: object) -> Markup:
    return escape(sentence).format(**values)


def _marked(text: str) -> Markup:
    """Turn `backticks` into code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _row(name: str) -> str:
    """Return a field's name without the number of its row."""
    return _ROW_NUMBER.sub("", name)


def _dial(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")
