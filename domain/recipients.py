"""Who else is told what: providers are directed, third parties are given notice (SVC, DEL-07)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.clocks import provider_dates
from domain.days import local_date
from domain.policy import Policy
from domain.vocabulary import RequestType

OPT_OUTS = frozenset(
    {RequestType.OPT_OUT_SALE_SHARING, RequestType.LIMIT_SPI, RequestType.GPC_SIGNAL}
)
"""Requests of which a third party hears for what it received before they took effect (OPT-01)."""

_NOT_FOR_THIRD_PARTIES = frozenset({RequestType.CORRECT, RequestType.ACCOUNT_CHANGE})
"""The law has corrections passed on to service providers and contractors only (COR-04)."""


LETTER_WAITS = False
"""A provider that does not confirm never delays the consumer's answer (SVC-02)."""


class Role(StrEnum):
    """What a recipient of consumers' data is, by the law and its contract (SVC-08, SVC-09)."""

    SERVICE_PROVIDER = "service_provider"
    CONTRACTOR = "contractor"
    THIRD_PARTY = "third_party"
    AFFILIATE = "affiliate"


class Told(StrEnum):
    """How a recipient takes part in a request."""

    DIRECTED = "directed"
    NOTIFIED = "notified"
    ERASED_DIRECTLY = "erased_directly"
    EXPLAINED = "explained"
    NOT_CONCERNED = "not_concerned"


class CompanyRole(StrEnum):
    """In whose name the company holds the data (SVC-06)."""

    BUSINESS = "business"
    SERVICE_PROVIDER = "service_provider"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Holder(_Facts):
    """A recipient, and what it received of this person.

    ``between`` says that it was given data after the request and before it took effect (OPT-01);
    ``own_records`` that the data map erases an affiliate's records directly (SVC-09);
    ``unreachable`` that telling it is impossible or disproportionate (DEL-07).
    """

    name: str
    role: Role
    contract_ok: bool = True
    received_data: bool = True
    sold_or_shared: bool = False
    between: bool = False
    own_records: bool = False
    unreachable: bool = False


class Disclosure(_Facts):
    """Data handed to a third party at some instant."""

    to: str
    at: datetime


class Execution(_Facts):
    """On which day providers are directed, and by which they confirm."""

    directive_date: date
    confirm_due: date


def told(holder: Holder, request_type: RequestType) -> Told:
    """Return how one recipient takes part (SVC-08, SVC-09, DEL-07, OPT-01)."""
    if not holder.received_data:
        return Told.NOT_CONCERNED
    if holder.role is Role.AFFILIATE and holder.own_records:
        return Told.ERASED_DIRECTLY
    if holder.role is not Role.THIRD_PARTY and holder.contract_ok:
        return Told.DIRECTED
    if not _concerns(holder, request_type):
        return Told.NOT_CONCERNED
    return Told.EXPLAINED if holder.unreachable else Told.NOTIFIED


def everyone_told(
    holders: Iterable[Holder], request_type: RequestType
) -> Mapping[Told, tuple[str, ...]]:
    """Return the names of the recipients by how they take part; none is skipped."""
    ways = {holder.name: told(holder, request_type) for holder in holders}
    return {way: tuple(name for name in ways if ways[name] is way) for way in Told}


def received_between(
    disclosures: Iterable[Disclosure], received_at: datetime, complied_at: datetime | None
) -> tuple[str, ...]:
    """Return who was handed data after the request and before it took effect (OPT-01)."""
    names = (
        each.to
        for each in disclosures
        if received_at <= each.at and (complied_at is None or each.at <= complied_at)
    )
    return tuple(dict.fromkeys(names))


def execution(policy: Policy, executed_at: datetime) -> Execution:
    """Return the dates of directions issued with the execution of a decision (SVC-01, SVC-02)."""
    dates = provider_dates(policy, executed_at)
    return Execution(directive_date=local_date(executed_at, policy), confirm_due=dates.confirm_due)


def answers_consumer(role: CompanyRole) -> bool:
    """Tell whether the company answers; as a service provider it forwards (SVC-06, KNO-11)."""
    return role is CompanyRole.BUSINESS


def _concerns(holder: Holder, request_type: RequestType) -> bool:
    if request_type in _NOT_FOR_THIRD_PARTIES:
        return False
    if holder.role is not Role.THIRD_PARTY:
        return True
    return holder.between if request_type in OPT_OUTS else holder.sold_or_shared
