"""What a mail asks for, by simple rules; whatever they do not settle a person reads (REQ-14)."""

import re
from datetime import datetime
from typing import NamedTuple

from pydantic import EmailStr, TypeAdapter, ValidationError

from domain import policies, rights
from domain.clocks import local_date
from domain.paths import PATHS, Proof, path_of
from domain.submission import CORRECTING, Consumer, Correction, Submission
from domain.vocabulary import Channel, Language, RequestType
from domain.wishes import Wish, read_wish
from mail_intake.mime import on_one_line
from mail_intake.reading import ReadMail

CLEAR, UNCLEAR, FOR_ANOTHER = "clear", "unclear", "for_another"
MOST_WISHES = 6
LONGEST_LINE = 200
LONGEST_MESSAGE = 4000
IN_WORDS = "details_in_your_message"
"""Field of a correction that only the mail's own words describe; staff make it by hand."""

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
_ANOTHER = re.compile(
    r"on behalf of|in the name of|power of attorney|authori[sz]ed agent|my client|our client|"
    r"\bmy (?:son|daughter|child|children|minor|mother|father|husband|wife|parent)\b|"
    r"guardian of|conservator|en nombre de|poder notarial|mi hij[oa]",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"\b(?:el|la|los|las|que|mis?|sus?|para|por|favor|datos|quiero|una?|del|con|ustedes|gracias|"
    r"hola|solicito|informaci[oó]n|borrar|eliminar|eliminen|borren)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(?:the|that|my|your|you|for|please|data|want|with|and|have|thanks|hello|request|of|to|me|"
    r"delete|remove|information)\b",
    re.IGNORECASE,
)


class NoWriter(Exception):
    """The mail names no address that could be answered."""


class Understood(NamedTuple):
    """The submission that a mail amounts to, and whether a person must read it as well."""

    submission: Submission
    reading: str


def understand(mail: ReadMail, received_at: datetime) -> Understood:
    """Return what to file for a mail that answers none of ours.

    Raises:
        NoWriter: it names nobody to write to.
    """
    words = mail.words or mail.body
    wish = wish_of(mail)
    types = _served(wish, received_at) or (RequestType.KNOW_BOTH,)
    settled = wish is not None and not wish.read_broadly and CORRECTING.isdisjoint(types)
    reading = CLEAR if settled else UNCLEAR
    submission = Submission(
        request_types=types,
        person=Consumer(name=_name(mail), email=address_of(mail)),
        channel=Channel.EMAIL,
        language=language_of(f"{mail.subject}\n{words}"),
        corrections=_corrections(types, words or mail.subject),
        message=_message(mail.subject, words),
    )
    another = _ANOTHER.search(f"{mail.subject}\n{words}")
    opts_out = all(is_choice(right) for right in types)
    return Understood(submission, FOR_ANOTHER if another and not opts_out else reading)


def wish_of(mail: ReadMail) -> Wish | None:
    """Return the rights that a mail asks for, as the writer's own words say."""
    return read_wish(mail.subject, mail.words or mail.body)


def opt_out_in_reply(mail: ReadMail) -> bool:
    """Tell whether an answer to our letter asks to be left alone, and for nothing else (REQ-10)."""
    wish = read_wish("", mail.words) if mail.words else None
    return wish is not None and all(is_choice(right) for right in wish.types)


def is_choice(right: RequestType) -> bool:
    """Tell whether a right is carried out without a question (REQ-09, REQ-10)."""
    return path_of(right).proof is Proof.NOTHING and not path_of(right).opts_in


def address_of(mail: ReadMail) -> str:
    """Return the writer's address.

    Raises:
        NoWriter: there is none that mail can be sent to.
    """
    try:
        return _EMAIL.validate_python(mail.address[:254])
    except ValidationError:
        raise NoWriter("the mail has no sender that could be answered") from None


def language_of(text: str) -> Language:
    """Return the language of a text, English in doubt (NOT-06)."""
    start = text[:LONGEST_MESSAGE]
    spanish, english = len(_SPANISH.findall(start)), len(_ENGLISH.findall(start))
    return Language.SPANISH if spanish > english else Language.ENGLISH


def _served(wish: Wish | None, received_at: datetime) -> tuple[RequestType, ...]:
    if wish is None:
        return ()
    policy = policies.in_force_at(received_at)
    today = local_date(received_at, policy)
    taken = [each for each in wish.types if each in PATHS and rights.accepts(policy, each, today)]
    return tuple(taken[:MOST_WISHES])


def _name(mail: ReadMail) -> str:
    """Return the writer's name as the mail has it, else what stands before the @."""
    spoken = on_one_line(mail.name) or mail.address.partition("@")[0]
    return spoken[:LONGEST_LINE].strip() or "Unnamed"


def _corrections(types: tuple[RequestType, ...], words: str) -> tuple[Correction, ...]:
    if CORRECTING.isdisjoint(types):
        return ()
    claimed = on_one_line(words)[:LONGEST_LINE].strip() or "see the message"
    return (Correction(field=IN_WORDS, claimed=claimed, grounds=words[:LONGEST_MESSAGE]),)


def _message(subject: str, words: str) -> str:
    return f"{subject}\n\n{words}".strip()[:LONGEST_MESSAGE]
