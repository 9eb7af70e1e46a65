"""All looks together, none of which can keep the others from being made."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from workers.doctor import configuration, database, machine, network, rules, temporal
from workers.doctor.finding import Finding, Look, wrong
from workers.redaction import safe_message
from workers.settings import Settings, SettingsError

LOOKS: Sequence[Look] = (
    configuration.settings,
    configuration.keys,
    database.logins,
    database.schema,
    database.record,
    temporal.namespace,
    network.mail,
    network.mail_intake,
    network.gateway,
    network.sign_in,
    network.web_ui,
    rules.policies,
    rules.data_map,
    rules.providers,
    machine.disk,
)
LONGEST_SECONDS = 60


async def examine(settings: Settings, looks: Sequence[Look] = LOOKS) -> list[Finding]:
    """Make every look at once and return the findings in the order of the looks."""
    found = await asyncio.gather(*(_looked(look, settings) for look in looks))
    return [each for findings in found for each in findings]


async def _looked(look: Look, settings: Settings) -> list[Finding]:
    """Collect what a look finds; what it raises is found as well, in words that hold no secret."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await _collect(look(settings), findings)
    except SettingsError as problem:
        findings.append(wrong(_part(look), "it cannot be looked at", str(problem)))
    except Exception as fault:
        says = f"{type(fault).__name__}: {safe_message(fault) or 'no more is said'}"
        findings.append(wrong(_part(look), says, "Mend this first; then look again."))
    return findings


async def _collect(found: AsyncIterator[Finding], findings: list[Finding]) -> None:
    async for each in found:
        findings.append(each)


def _part(look: Look) -> str:
    return look.__module__.rpartition(".")[2]
