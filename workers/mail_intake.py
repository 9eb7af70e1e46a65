"""The process of mail intake: the privacy mailboxes, by SMTP, LMTP or IMAP (REQ-07)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import structlog
from opentelemetry.trace import Tracer
from temporalio.client import Client

from domain import policies
from mail_intake.listener import Door
from mail_intake.parts import MailParts, MailSettings
from mail_intake.polling import ImapAccount
from mail_intake.running import Ways, take_mail
from records.pool import create_pool
from workers import parts
from workers.counting import counted
from workers.engine import TemporalEngine
from workers.logging import configure_logging
from workers.processes import run_process
from workers.settings import Settings, SettingsError, load_settings
from workers.staff_notes import NoteNotTaken, send_note
from workers.temporal.client import connect, core_runtime
from workers.tracing import temporal_spans, tracing

log = structlog.get_logger("workers.mail_intake")

NO_WAY_IN = (
    "Mail has no way in. Set PRIVACY_MAIL_IN_PORT to take it by SMTP or LMTP, or "
    "PRIVACY_IMAP_HOST to look into a mailbox (docs/mail.md)."
)


async def main(stop: asyncio.Event) -> None:
    """Take mail until told to stop."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level.upper())
    ways = ways_in(settings)
    parts.install_policies(settings)
    with tracing("privacy-mail-intake") as tracer:
        await _take(settings, ways, tracer, stop)


async def _take(settings: Settings, ways: Ways, tracer: Tracer | None, stop: asyncio.Event) -> None:
    client = await connect(
        settings, runtime=core_runtime(), lazy=True, interceptors=temporal_spans(tracer)
    )
    pool = await create_pool(settings.secret("gateway_dsn"), application="privacy mail")
    intake = intake_parts(settings, pool, client)
    try:
        await take_mail(intake, ways, stop)
    finally:
        await pool.close()


def intake_parts(settings: Settings, pool: asyncpg.Pool, client: Client) -> MailParts:
    """Put mail intake together; policies are installed already."""
    return MailParts(
        pool=pool,
        vault=parts.vault(settings),
        wrapping=parts.wrapping_keys(settings),
        hashing=parts.fingerprints(settings),
        people=parts.keyring(settings, "suppression_keys"),
        engine=TemporalEngine(client, settings.task_queue, parts.public_url(settings), pool),
        settings=mail_settings(settings, datetime.now(UTC)),
        now=lambda: datetime.now(UTC),
        tell_staff=staff_notes(settings),
    )


def ways_in(settings: Settings) -> Ways:
    """Return how mail comes in.

    Raises:
        SettingsError: no way is set.
    """
    if settings.mail_in_port is None and settings.imap_host is None:
        raise SettingsError(NO_WAY_IN)
    return Ways(
        door=_door(settings, settings.mail_in_port) if settings.mail_in_port else None,
        account=_account(settings, settings.imap_host) if settings.imap_host else None,
        poll_seconds=settings.imap_every_seconds,
    )


def mail_settings(settings: Settings, now: datetime) -> MailSettings:
    """Return which addresses take requests: the policy's, those of the settings, the sender's."""
    sender = str(settings.mail_from).lower()
    named = (*policies.in_force_at(now).business.mailboxes, *settings.mailboxes, sender)
    return MailSettings(
        mailboxes=frozenset(address.lower() for address in named),
        own_addresses=frozenset({sender}),
    )


def staff_notes(settings: Settings) -> Callable[[int], Awaitable[None]]:
    """Return what mails staff that mail waits for them: when there is more of it than before."""
    told = 0

    async def tell(waiting: int) -> None:
        nonlocal told
        if waiting > told:
            try:
                await send_note(parts.post(settings), *_waiting_note(waiting))
            except NoteNotTaken as fault:
                log.warning("left_to_the_next_round", what="note", reason=str(fault))
                return
        told = waiting

    return tell


def _waiting_note(waiting: int) -> tuple[str, str]:
    return f"Mail that needs a person: {waiting}", (
        f"{counted(waiting, 'mail')} to the privacy mailboxes could not be filed by rule, and the "
        "days of a request may be running.\n\nSee them with: privacy mail list\n"
    )


def _door(settings: Settings, port: int) -> Door:
    return Door(
        host=settings.mail_in_host,
        port=port,
        lmtp=settings.mail_in_protocol == "lmtp",
        hostname=str(settings.mail_from).rpartition("@")[2],
        tls=_tls(settings),
    )


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.mail_in_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.mail_in_certificate, settings.mail_in_certificate_key)
    return context


def _account(settings: Settings, host: str) -> ImapAccount:
    return ImapAccount(
        host=host,
        port=settings.imap_port,
        user=settings.imap_user,
        password=settings.secret("imap_password"),
        folder=settings.imap_folder,
        security=settings.imap_security,
    )


if __name__ == "__main__":
    run_process(main)
