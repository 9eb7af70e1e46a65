"""``providers.yaml``: who may hold consumers' data, by which contract, and how to direct them."""

import os
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import EmailStr, Field, StringConstraints, model_validator

from domain.policy_terms.base import Period
from domain.policy_terms.duties import ProviderTerms
from domain.vocabulary import NoticeKind, PointOfIdentity
from providers.channels import (
    Channel,
    MailChannel,
    ProtocolKind,
    Settings,
    WebhookChannel,
    expressible,
)
from providers.located import InvalidFile, parse

RETURNING = frozenset({ProtocolKind.STANDARD_WEBHOOKS, ProtocolKind.OPENDSR})
"""Protocols by which a copy can be fetched."""

RESERVED_IDS = frozenset({"outside"})
"""Names of other streams of a request; a provider of that name would share one."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
CollectionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]


class ProviderKind(StrEnum):
    """What a recipient is under the Act and its contract (SVC-08, SVC-09)."""

    SERVICE_PROVIDER = "service_provider"
    CONTRACTOR = "contractor"
    THIRD_PARTY = "third_party"
    AFFILIATE = "affiliate"


class Regime(StrEnum):
    """Laws under which a provider takes directions."""

    CCPA = "ccpa"
    GDPR = "gdpr"


class ContractTerm(StrEnum):
    """What a service provider's contract must contain (SVC-04)."""

    NAMED_PURPOSES = "named_purposes"
    NO_SALE_OR_SHARING = "no_sale_or_sharing"
    NO_OTHER_USE = "no_other_use"
    NO_USE_OUTSIDE_RELATIONSHIP = "no_use_outside_relationship"
    NO_COMBINING = "no_combining"
    CCPA_LEVEL_PROTECTION = "ccpa_level_protection"
    CHECKS_ALLOWED = "checks_allowed"
    NOTICE_WITHIN_5_BUSINESS_DAYS = "notice_within_5_business_days"
    RIGHT_TO_STOP_MISUSE = "right_to_stop_misuse"
    ENABLES_CONSUMER_REQUESTS = "enables_consumer_requests"


class Contract(Settings):
    """What the contract with a recipient says (SVC-04)."""

    reference: str = Field(default="", max_length=120)
    terms: frozenset[ContractTerm] = frozenset()

    @property
    def missing_terms(self) -> tuple[ContractTerm, ...]:
        """Terms that SVC-04 asks for and this contract lacks, in the order of the law."""
        return tuple(term for term in ContractTerm if term not in self.terms)

    @property
    def contract_ok(self) -> bool:
        """Whether the contract makes its holder a service provider or contractor at all."""
        return not self.missing_terms


class Timings(Settings):
    """Periods that differ from the policy's for this provider (SVC-02)."""

    remind_after: Period | None = None
    confirm_within: Period | None = None
    give_up_after: Period | None = None

    def over(self, terms: ProviderTerms) -> ProviderTerms:
        """Return the policy's terms with this provider's own periods in their place."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return terms.model_copy(update={name: own[name] for name in own if own[name]})


class Escalation(Settings):
    """Who at the provider is asked when it stays silent."""

    name: str = Field(min_length=1, max_length=120)
    email: EmailStr


class Provider(Settings):
    """One recipient of consumers' data."""

    id: Identifier
    name: str = Field(min_length=1, max_length=120)
    kind: ProviderKind
    holds: tuple[CollectionName, ...] = Field(
        min_length=1, description="Collections of the data map."
    )
    identifiers: frozenset[PointOfIdentity] = Field(
        min_length=1, description="The only kinds of identifiers that this provider may receive."
    )
    regimes: frozenset[Regime] = Field(default=frozenset({Regime.CCPA}), min_length=1)
    contract: Contract = Contract()
    sold_or_shared: bool = Field(default=False, description="Receives data by sale or sharing.")
    returns_copies: bool = Field(
        default=False, description="Is asked for its copy when a person asks for theirs."
    )
    own_records: bool = Field(
        default=False, description="An affiliate whose records the data map erases directly."
    )
    channel: Channel
    timings: Timings = Timings()
    escalation: Escalation
    paused: bool = Field(default=False, description="Kill switch: nothing is sent to it.")

    @property
    def protocol(self) -> ProtocolKind:
        """The protocol by which this provider is directed."""
        return self.channel.protocol

    @property
    def contract_ok(self) -> bool:
        """Whether its contract has every term of SVC-04; if not it counts as a third party."""
        return self.contract.contract_ok

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.id in RESERVED_IDS:
            raise ValueError(f"'{self.id}' names another stream of a request; choose another id")
        if self.own_records and self.kind is not ProviderKind.AFFILIATE:
            raise ValueError("own_records is for affiliates only")
        if self.returns_copies and self.protocol not in RETURNING:
            raise ValueError(f"{self.protocol} cannot return a copy; drop returns_copies")
        unknown = sorted(self.identifiers - expressible(self.channel))
        if unknown:
            raise ValueError(f"{self.protocol} has no word for {', '.join(unknown)}; drop it")
        return self


class Registry(Settings):
    """Every provider of the business, by id."""

    providers: tuple[Provider, ...]
    paused_protocols: frozenset[ProtocolKind] = frozenset()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [provider.id for provider in self.providers]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the same id stands twice: {', '.join(twice)}")
        return self

    def get(self, provider_id: str) -> Provider | None:
        """Return the provider of that id, or None."""
        return next((one for one in self.providers if one.id == provider_id), None)

    def holding(self, collections: Collection[str]) -> tuple[Provider, ...]:
        """Return the providers that may hold what was found in ``collections``, in file order."""
        found = frozenset(collections)
        return tuple(one for one in self.providers if found.intersection(one.holds))

    def pause(self, provider: Provider) -> str | None:
        """Return a sentence for staff when the registry stops sending to this provider."""
        if provider.paused:
            return f"Sending to {provider.id} is switched off in the registry (paused)."
        if provider.protocol in self.paused_protocols:
            return f"Sending by {provider.protocol} is switched off (paused_protocols)."
        return None


def load_registry(text: str, source: str, environment: Mapping[str, str] | None = None) -> Registry:
    """Read ``providers.yaml``. An endpoint or address written ``env:NAME`` is taken from there.

    Raises:
        InvalidFile: every problem with file and line.
    """
    known = os.environ if environment is None else environment
    return parse(Registry, text, source, context={"environment": known})


def directive_for(provider: Provider, sold_or_shared: bool | None = None) -> NoticeKind | None:
    """Return which notice a holder of the data gets by its role (SVC-04, SVC-05, SVC-08, SVC-09).

    ``sold_or_shared`` overrides the registry where the case knows better (for an opt-out:
    disclosed between request and compliance). None: no notice is due.
    """
    if provider.own_records:
        return None
    if provider.kind is ProviderKind.THIRD_PARTY:
        sold = provider.sold_or_shared if sold_or_shared is None else sold_or_shared
        return NoticeKind.THIRD_PARTY_NOTICE if sold else None
    return NoticeKind.PROVIDER_DIRECTION if provider.contract_ok else NoticeKind.THIRD_PARTY_NOTICE


def minimal_locators(
    provider: Provider, points: Mapping[PointOfIdentity, str]
) -> dict[PointOfIdentity, str]:
    """Return only the identifiers that the provider declares; it receives no other."""
    return {kind: points[kind] for kind in PointOfIdentity if _wanted(provider, points, kind)}


def _wanted(
    provider: Provider, points: Mapping[PointOfIdentity, str], kind: PointOfIdentity
) -> bool:
    return kind in provider.identifiers and kind in points


__all__ = [
    "Channel",
    "Contract",
    "ContractTerm",
    "Escalation",
    "InvalidFile",
    "MailChannel",
    "ProtocolKind",
    "Provider",
    "ProviderKind",
    "Regime",
    "Registry",
    "Timings",
    "WebhookChannel",
    "directive_for",
    "load_registry",
    "minimal_locators",
]
