"""The fixed phrases of letters in one language, checked to say every code of the domain."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, model_validator
from ruamel.yaml import YAML

from domain.documents import DocumentPurpose
from domain.notice_words import (
    DirectedAction,
    DocumentFault,
    ExcessFinding,
    Need,
    OptOutScope,
    Situation,
    Stage,
    UnverifiedConsequence,
    WithheldReason,
)
from domain.vocabulary import (
    Language,
    PointOfIdentity,
    ProviderStanding,
    Requester,
    RequestType,
)

Topic = Literal["delete", "correct", "copy", "stop"]
"""What a provider was told to do, as far as sentences about it differ."""


class _Phrases(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RequestPhrases(_Phrases):
    """A type of request as a title, and as what follows "You asked us to"."""

    title: str
    wish: str


class SituationPhrases(_Phrases):
    """What staff are told of a situation, and what they are to do."""

    headline: str
    what: str
    todo: str


class Standings(_Phrases):
    """What is said of a provider in each standing; ``{name}`` and ``{on}`` are filled in."""

    not_reached: str
    directed: str
    received: str
    done: str
    partly: str
    not_found: str
    refused: str
    silent: str

    def of(self, standing: ProviderStanding) -> str:
        """Return the sentence for one standing."""
        return str(getattr(self, standing.value))


class Catalogue(_Phrases):
    """One language. A code without its phrase is an error at loading, not in a letter."""

    locale: str
    asked: Mapping[Literal["by_reader", "for_reader"], str]
    opening: Mapping[Literal["by_reader", "for_reader"], str]
    date_phrase: str
    head: Mapping[Literal["number", "date", "received", "about"], str]
    requests: Mapping[RequestType, RequestPhrases]
    requesters: Mapping[Requester, str]
    points: Mapping[PointOfIdentity, str]
    locators: Mapping[PointOfIdentity, str]
    needs: Mapping[Need, str]
    documents: Mapping[DocumentPurpose, str]
    document_faults: Mapping[DocumentFault, str]
    consequences: Mapping[UnverifiedConsequence, str]
    withheld_reasons: Mapping[WithheldReason, str]
    standings: Mapping[Topic, Standings]
    actions: Mapping[DirectedAction, str]
    stages: Mapping[Stage, str]
    findings: Mapping[ExcessFinding, str]
    scopes: Mapping[OptOutScope, str]
    situations: Mapping[Situation, SituationPhrases]

    parent_methods: Mapping[str, str]

    @model_validator(mode="after")
    def _says_every_code(self) -> Self:
        fields = type(self).model_fields.items()
        tables = {name: get_args(field.annotation) or (None,) for name, field in fields}
        silent = [
            f"{name}.{code}"
            for name, (codes, *_) in tables.items()
            if isinstance(codes, type) and issubclass(codes, StrEnum)
            for code in codes
            if code not in getattr(self, name)
        ]
        if silent:
            raise ValueError(f"add phrases for {', '.join(silent)}")
        return self


def source_of(language: Language) -> str:
    """Return the YAML of a language's phrases."""
    return (files("letters") / "words" / f"{language}.yaml").read_text(encoding="utf-8")


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the phrases of ``language``."""
    return Catalogue.model_validate(YAML(typ="safe").load(source_of(language)))
