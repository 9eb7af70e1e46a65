"""The declaration that a person signs, in the wording of each signer and language (VER-14)."""

from collections.abc import Mapping
from enum import StrEnum

from domain.vocabulary import Language, Requester


class Signer(StrEnum):
    """Who declares what: to be the consumer, or to be the consumer's parent or conservator."""

    CONSUMER = "consumer"
    PARENT = "parent"
    CONSERVATOR = "conservator"


_SIGNERS: Mapping[Requester, Signer] = {
    Requester.CONSUMER: Signer.CONSUMER,
    Requester.AGENT_SIGNED: Signer.CONSUMER,
    Requester.PARENT: Signer.PARENT,
    Requester.CONSERVATOR: Signer.CONSERVATOR,
}

_STATEMENTS: Mapping[Language, Mapping[Signer, str]] = {
    Language.ENGLISH: {
        Signer.CONSUMER: (
            "I am {name}. I am the consumer whose personal information is the subject of privacy "
            "request {request_id}."
        ),
        Signer.PARENT: (
            "I am {name}. I am the parent or legal guardian of the minor whose personal "
            "information is the subject of privacy request {request_id}."
        ),
        Signer.CONSERVATOR: (
            "I am {name}. I am the conservator of the consumer whose personal information is the "
            "subject of privacy request {request_id}."
        ),
    },
    Language.SPANISH: {
        Signer.CONSUMER: (
            "Soy {name}. Soy la persona consumidora cuya información personal es objeto de la "
            "solicitud de privacidad {request_id}."
        ),
        Signer.PARENT: (
            "Soy {name}. Soy la madre, el padre o la persona que tiene la tutela legal de la "
            "persona menor de edad cuya información personal es objeto de la solicitud de "
            "privacidad {request_id}."
        ),
        Signer.CONSERVATOR: (
            "Soy {name}. Tengo la curatela de la persona consumidora cuya información personal es "
            "objeto de la solicitud de privacidad {request_id}."
        ),
    },
}

_PERJURY: Mapping[Language, str] = {
    Language.ENGLISH: (
        "I declare under penalty of perjury under the laws of the State of California that the "
        "foregoing is true and correct."
    ),
    Language.SPANISH: (
        "Declaro bajo pena de perjurio, conforme a las leyes del Estado de California, que lo "
        "anterior es verdadero y correcto."
    ),
}


class NoDeclaration(ValueError):
    """Nobody declares anything in this role: a power of attorney stands for itself."""


def signer_for(requester: Requester) -> Signer:
    """Return who signs when ``requester`` asks; for an agent it is the consumer (VER-14).

    Raises:
        NoDeclaration: this requester's request asks no declaration of anybody.
    """
    if requester not in _SIGNERS:
        raise NoDeclaration(f"a request by {requester} needs no declaration; go on without one")
    return _SIGNERS[requester]


def declaration(signer: Signer, language: Language, name: str, request_id: str) -> str:
    """Return the words to be signed; date and signature are added by whoever signs.

    ``name`` is printed as the signer typed it; a page that shows it escapes it.
    """
    statement = _STATEMENTS[language][signer].format(name=name, request_id=request_id)
    return f"{statement} {_PERJURY[language]}"
