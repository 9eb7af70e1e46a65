"""What the company wrote down: policies, data map, service providers."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from datamap.checking import check, is_red
from datamap.connectors import connect
from datamap.errors import DataMapError
from datamap.remarks import Severity
from domain.calendar import HolidayTableMissing, holidays, is_business_day
from domain.policies import NoPolicyInForce, PoliciesOverlap, Shelf
from domain.policy import Policy
from domain.policy_problems import PolicyInvalid
from providers.checking import SENDING, Check, Verdict, look_at_all
from providers.checking import Finding as Looked
from providers.credentials import Credentials
from providers.located import InvalidFile
from workers import parts
from workers.doctor.finding import Finding, good, note, wrong
from workers.policy_files import PublishedPolicyChanged, load_policies
from workers.settings import Settings, environment
from workers.system_addresses import addresses

AHEAD = timedelta(days=365)
LONGEST_CLOCK = timedelta(days=100)
"""A request of the last day ahead may be answered so much later."""


async def policies(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether a policy, with its holidays, covers today and the year ahead."""
    try:
        shelf = Shelf(load_policies(settings.policy_dir))
    except (PolicyInvalid, PublishedPolicyChanged, PoliciesOverlap, NoPolicyInForce) as fault:
        yield wrong("policies", str(fault), "Correct the file; privacy policy check names lines.")
        return
    today = datetime.now(UTC).date()
    gap = next(_uncovered(shelf, today), None)
    if gap == today:
        yield wrong("policies", "no policy is in force today", "Publish one for today.")
    elif gap:
        yield note("policies", f"no policy is in force from {gap} on", "Publish one before.")
    else:
        yield good("policies", f"{len(shelf.pins)} published; in force until {today + AHEAD}")
    if gap != today:
        yield _holidays(shelf.in_force_at(datetime.now(UTC)), today)


def _uncovered(shelf: Shelf, today: date) -> Iterator[date]:
    for ahead in range(AHEAD.days + 1):
        day = today + timedelta(days=ahead)
        try:
            shelf.in_force_on(day)
        except NoPolicyInForce:
            yield day


def _holidays(policy: Policy, today: date) -> Finding:
    tables = holidays(policy)
    try:
        for ahead in range(0, (AHEAD + LONGEST_CLOCK).days, 30):
            is_business_day(today + timedelta(days=ahead), tables)
    except HolidayTableMissing as missing:
        near = date(missing.year, 1, 1) - today < LONGEST_CLOCK
        standing = wrong if near else note
        return standing("policies", f"no holiday table for {missing.year}", str(missing))
    return good("policies", f"holidays of {', '.join(map(str, sorted(tables)))} are known")


async def data_map(settings: Settings) -> AsyncIterator[Finding]:
    """Compare the data map with the live systems."""
    try:
        datamap = parts.data_map(settings)
        connectors = connect(datamap, addresses(datamap))
        remarks = await check(connectors, datamap)
    except (DataMapError, OSError, ValueError) as fault:
        yield wrong("data map", str(fault), "Correct it; privacy datamap check says more.")
        return
    for remark in remarks:
        if remark.severity is Severity.ERROR:
            yield wrong("data map", str(remark), "See privacy datamap check.")
    doubts = sum(one.severity is not Severity.ERROR for one in remarks)
    if doubts:
        yield note("data map", f"{doubts} remarks", "See privacy datamap check.")
    if not is_red(remarks):
        yield good("data map", f"agrees with {', '.join(datamap.systems)}")


async def providers(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether every provider could be directed now; nothing is sent."""
    try:
        registry = parts.registry(settings)
    except (InvalidFile, OSError) as fault:
        yield wrong("providers", str(fault), "Correct the registry.")
        return
    outgoing = parts.outgoing(settings)
    desk = parts.desk(settings, registry, outgoing)
    look = Check(desk, outgoing, Credentials(environment()), lambda: datetime.now(UTC))
    try:
        found = await look_at_all(look, registry.providers)
    finally:
        await outgoing.aclose()
    for provider, findings in zip(registry.providers, found, strict=True):
        for each in directable(provider.id, findings):
            yield each


def directable(provider_id: str, looks: Sequence[Looked]) -> list[Finding]:
    """Say what keeps a provider from being directed, among it that somebody stopped sending."""
    bad = [each for each in looks if each.verdict is Verdict.BAD]
    stopped = [each for each in looks if (each.subject, each.verdict) == (SENDING, Verdict.NOTE)]
    told = [
        wrong(
            "providers",
            f"{provider_id}: {each.subject}: {each.text}",
            f"See privacy providers check {provider_id}.",
        )
        for each in bad
    ]
    told += [
        note("providers", f"{provider_id}: {each.text}", "Go on with: privacy providers resume")
        for each in stopped
    ]
    return told or [good("providers", f"{provider_id} can be directed")]
