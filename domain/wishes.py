"""What somebody asks for in free words: a first reading, which a person reviews (REQ-14)."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import RequestType


class Wish(BaseModel):
    """The rights that a text asks for, in the order in which it names them.

    ``read_broadly`` says that an unclear wish was taken as what gives the person most; the
    acknowledgement says so, and the person can narrow it.
    """

    model_config = ConfigDict(frozen=True)

    types: tuple[RequestType, ...]
    read_broadly: bool = False


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE | re.DOTALL)


_OURS = r"(?:data|info(?:rmation)?|records?|details|files?|profile|account|history|e-?mails?)"
_LISTS = r"(?:mailing|marketing|e-?mail|e-?mailing|distribution|newsletter|contact|call)\s*lists?"

_MARKETING = _pattern(
    rf"unsubscrib|newsletters?|{_LISTS}|marketing|promotion(?:al|s)|advertis\w+ (?:e-?)?mails?|"
    r"stop (?:sending|e-?mailing|mailing|calling|texting|contacting|spamming)|"
    r"no more (?:e-?mails?|mails?|calls|texts|spam|messages)|stop (?:the |your |these )?"
    r"(?:e-?mails?|spam|calls|texts)|opt(?:ing)?[ -]?out (?:of|from) (?:your |the |all )?"
    r"(?:e-?mails?|marketing)|darme de baja|publicidad|bolet[ií]n"
)
_OFF_A_LIST = _pattern(
    rf"(?:remove|delete|take|strike|drop)\b[^.!?\n]{{0,40}}?\b(?:from|off)\b[^.!?\n]{{0,20}}{_LISTS}"
)
_ERASE = _pattern(
    r"\bdelet\w+|\beras\w+|\bwip(?:e|ing)\b|\bpurg(?:e|ing)\b|\bdestroy\w*|be forgotten|forget me|"
    rf"\bremov(?:e|al|ing)\b[^.!?\n]{{0,25}}\b(?:my|all|any|the)\b[^.!?\n]{{0,25}}\b{_OURS}\b|"
    r"\bborr(?:ar|en|e)\b|\belimin(?:ar|en|e)\b|\bsuprim(?:ir|an|a)\b"
)
_REST = r"[^.!?\n]*"
_ERASE_CLAUSE = _pattern(rf"(?:{_ERASE.pattern})[^.!?;\n]*?(?=\band\b|\by\b|[.!?;\n]|$)")
"""What is to be erased, which is not asked to be told: "delete all that you have on me"."""

_ERASE_UNCLEAR = _pattern(
    r"(?:get rid of|\bscrub\b|leave me alone|"
    r"(?:do not|don[’']?t) want you to (?:have|keep|hold|use)|"
    r"stop (?:using|processing|keeping|storing|collecting|tracking|having|holding)|remove me\b|"
    r"take me (?:off|out)|out of your (?:systems?|database|records|files)|off your (?:systems?|"
    r"database|records|books)|forget (?:about )?my|want (?:me |my \w+ )?gone|"
    r"(?:please|just|make it) stop\b|^\s*stop\W*$|stop (?:it|this|everything|all)\b|"
    rf"nothing more to do with){_REST}"
)
_NOT_ERASE = _pattern(
    r"\b(?:do not|don[’']?t|never|not to|without)\b[^.!?\n]{0,15}\b(?:delet\w+|eras\w+|remov\w+)"
)
_SALE = _pattern(
    r"(?:do not|don[’']?t|stop|not|never|no longer|quit)\b[^.!?\n]{0,25}\b(?:sell\w*|sale|sold|"
    r"shar(?:e|ed|ing))\b|\bopt(?:ing)?[ -]?out\b|cross-context|targeted adverti|"
    r"no (?:vendan|venda|compartan)"
)
_LIMIT = _pattern(
    r"\b(?:limit|restrict)\w*\b[^.!?\n]{0,60}\bsensitive|\bsensitive\b[^.!?\n]{0,60}\b(?:limit|restrict)"
)
_OPT_IN = _pattern(r"\bopt(?:ing)?(?: me)?(?: back)?[ -]in\b|\bopt back\b")
_CORRECT = _pattern(
    r"\bcorrect(?:ion|ing|ed)?\b(?! that\b)|\brectif\w+|\binaccura\w+|\bincorrect\w*|\bwrong\b|"
    r"out[ -]of[ -]date|\boutdated\b|\bmis-?spel\w+|\b(?:update|change|fix|amend)\b[^.!?\n]{0,15}"
    r"\b(?:my|our|the)\b|\bcorrij\w+|\bcorregir\b|\bactuali[cz]\w+"
)
_CLOSE_ACCOUNT = _pattern(r"\b(?:clos|terminat|cancel|deactivat)\w*\b[^.!?\n]{0,25}\baccount")
_TESTIMONIAL = _pattern(r"\btestimonials?\b|\bmy (?:quote|review)\b[^.!?\n]{0,30}\b(?:web)?site")
_PORTABILITY = _pattern(
    r"\bportab\w+|machine[- ]readable|\b(?:transfer|export)\b[^.!?\n]{0,20}\bmy\b"
)
_CATEGORIES = _pattern(
    r"\bcategor(?:y|ies)\b|\b(?:kinds?|types?|sorts?) of (?:personal |my )?(?:data|info)"
)
_SPECIFIC = _pattern(
    r"\bspecific (?:pieces|data|information|items)|\bcop(?:y|ies)\b|"
    r"\b(?:exact|actual)\b[^.!?\n]{0,15}\b(?:data|records|information)"
)
_KNOW = _pattern(
    r"\bwhat\b[^.!?\n]{0,60}\b(?:have|hold|know|store[ds]?|keep|collect(?:ed)?|got|stuff)\b|"
    r"\b(?:know|have|hold|store|got|keep|collected)\b[^.!?\n]{0,25}\b(?:about|on|of) me\b|"
    r"\b(?:access|see|view|review|receive|get|request|obtain|show me|send me|give me|tell me)\b"
    rf"[^.!?\n]{{0,40}}\b(?:my|personal|all|the)\b[^.!?\n]{{0,20}}\b{_OURS}\b|"
    r"\beverything (?:you|about)\b|\btell me (?:everything|all)\b|"
    r"right to (?:know|access)|\baccess request|\bsubject access|\bdsar\b|\bdisclos\w+|"
    r"\bqu[eé] (?:datos|informaci[oó]n|saben)|\bacceso a mis\b"
)
_DESIGNATED_SUBJECT = _pattern(r"ccpa|data privacy request|privacy request|consumer request")


def read_wish(subject: str, body: str) -> Wish | None:
    """Read what a message asks for; ``None`` where it asks for no right (REQ-07, REQ-14).

    A subject line helps and is no condition. A general question is to know everything; a wish to be
    left alone is taken as erasure and an end of marketing.
    """
    text = f"{subject}\n{body}"
    unclear = _is_unclear_erasure(text)
    found = list(_found(_ERASE_UNCLEAR.sub(_blank, text) if unclear else text))
    if unclear:
        at = len(text)
        found += [(at, RequestType.DELETE), (at + 1, RequestType.MARKETING_OPT_OUT)]
    if not found and _DESIGNATED_SUBJECT.search(subject):
        return Wish(types=(RequestType.KNOW_BOTH,), read_broadly=True)
    types = tuple(dict.fromkeys(kind for _, kind in sorted(found, key=lambda each: each[0])))
    return Wish(types=types, read_broadly=unclear) if types else None


def _is_unclear_erasure(text: str) -> bool:
    if _ERASE_UNCLEAR.search(text) is None or _ERASE.search(_without_lists(text)):
        return False
    clear = (_MARKETING, _SALE, _LIMIT, _TESTIMONIAL)
    rest = _ERASE_UNCLEAR.sub(_blank, text)
    return not any(pattern.search(text) and not pattern.search(rest) for pattern in clear)


def _without_lists(text: str) -> str:
    return _NOT_ERASE.sub(_blank, _OFF_A_LIST.sub(_blank, text))


def _found(text: str) -> Iterator[tuple[int, RequestType]]:
    testimonial = _TESTIMONIAL.search(text)
    if testimonial:
        yield testimonial.start(), RequestType.TESTIMONIAL_CHANGE
    yield from _erasures(text, beside_testimonial=testimonial is not None)
    yield from _choices(text)
    if testimonial is None:
        yield from _first(_CORRECT, RequestType.CORRECT, text)
    yield from _knowledge(_ERASE_CLAUSE.sub(_blank, _without_lists(text)))


def _erasures(text: str, *, beside_testimonial: bool) -> Iterator[tuple[int, RequestType]]:
    erase = _ERASE.search(_without_lists(text))
    if erase and not beside_testimonial:
        yield erase.start(), RequestType.DELETE
    elif not erase:
        yield from _first(_CLOSE_ACCOUNT, RequestType.ACCOUNT_TERMINATE, text)


def _choices(text: str) -> Iterator[tuple[int, RequestType]]:
    yield from _first(_MARKETING, RequestType.MARKETING_OPT_OUT, text)
    yield from _first(_LIMIT, RequestType.LIMIT_SPI, text)
    yield from _first(_OPT_IN, RequestType.OPT_IN_AFTER_OPT_OUT, text)
    sale = _SALE.search(_MARKETING.sub(_blank, text))
    if sale:
        yield sale.start(), RequestType.OPT_OUT_SALE_SHARING


def _knowledge(text: str) -> Iterator[tuple[int, RequestType]]:
    portable = _PORTABILITY.search(text)
    if portable:
        yield portable.start(), RequestType.PORTABILITY
        return
    categories, specific = _CATEGORIES.search(text), _SPECIFIC.search(text)
    asked = _KNOW.search(text) or (specific and re.search(_OURS, text, re.IGNORECASE))
    first = asked or categories
    if not first:
        return
    if bool(categories) == bool(specific):
        yield first.start(), RequestType.KNOW_BOTH
    else:
        kind = RequestType.KNOW_CATEGORIES if categories else RequestType.KNOW_SPECIFIC
        yield first.start(), kind


def _first(
    pattern: re.Pattern[str], kind: RequestType, text: str
) -> Iterator[tuple[int, RequestType]]:
    match = pattern.search(text)
    if match:
        yield match.start(), kind


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
