"""What stands around us: mail server, gateway, identity provider, Web UI."""

import asyncio
from collections.abc import AsyncIterator

import aiosmtplib
import httpx

from gateway.staff.claims import SignInRefused
from gateway.staff.identity_provider import Attempt, IdentityProvider
from gateway.staff.sign_in import CALLBACK
from workers.doctor.finding import Finding, good, note, wrong
from workers.greeting import listens_at, mail_intake_answers
from workers.parts import identity_provider, public_url
from workers.settings import Settings

TIMEOUT_SECONDS = 10


async def mail(settings: Settings) -> AsyncIterator[Finding]:
    """Greet the mail server as a letter would, and hand nothing over."""
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    server = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        username=settings.smtp_user,
        password=settings.secret("smtp_password") if settings.smtp_password else None,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        await server.connect()
        await server.quit()
    except aiosmtplib.SMTPAuthenticationError:
        fix = "Correct PRIVACY_SMTP_USER and PRIVACY_SMTP_PASSWORD."
        yield wrong("mail", f"{place} refuses our account", fix)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
        fix = "Check PRIVACY_SMTP_HOST, _PORT and _SECURITY, and that this host may reach it."
        yield wrong("mail", f"{place} does not take us ({type(fault).__name__})", fix)
    else:
        yield good("mail", f"{place} takes us, security {settings.smtp_security}")


async def mail_intake(settings: Settings) -> AsyncIterator[Finding]:
    """Greet mail intake, where this host is told of its port."""
    if settings.mail_in_port is None:
        return
    place = f"{listens_at(settings)}:{settings.mail_in_port}"
    if await asyncio.to_thread(mail_intake_answers, settings):
        yield good("mail intake", f"{place} answers, by {settings.mail_in_protocol}")
    else:
        fix = (
            "Start it; check PRIVACY_MAIL_IN_HOST, _PORT and _PROTOCOL. Its log says why it ended."
        )
        yield wrong("mail intake", f"{place} does not answer", fix)


async def gateway(settings: Settings) -> AsyncIterator[Finding]:
    """Ask the gateway by the address that consumers use."""
    url = f"{public_url(settings)}/health/ready"
    async with _client() as client:
        try:
            answer = await client.get(url)
        except httpx.HTTPError as fault:
            fix = "Start the gateway, and the proxy in front of it; check PRIVACY_PUBLIC_URL."
            yield wrong("gateway", f"{url} does not answer ({type(fault).__name__})", fix)
            return
        if answer.is_success:
            yield good("gateway", f"{url} says that it is ready")
        else:
            fix = "Its answer and its log name the part that it misses."
            yield wrong("gateway", f"{url} answers {answer.status_code}", fix)


async def sign_in(settings: Settings) -> AsyncIterator[Finding]:
    """Ask the identity provider for the page on which staff sign in."""
    known = identity_provider(settings)
    if known is None and settings.development:
        yield good("sign-in", "by the links that privacy sign-in prints")
        return
    if known is None:
        fix = "Set PRIVACY_SIGN_IN_ISSUER and its like; docs/operations.md, Staff sign in."
        yield note("sign-in", "none is set here; needed by the gateway", fix)
        return
    try:
        await IdentityProvider(known, public_url(settings) + CALLBACK).address_to_sign_in(
            Attempt.begin("")
        )
    except SignInRefused as refused:
        fix = "Check PRIVACY_SIGN_IN_ISSUER, and that this host may reach it by https."
        yield wrong("sign-in", f"{known.issuer} is of no use ({refused.code})", fix)
    else:
        yield good("sign-in", f"{known.issuer} describes itself")


async def web_ui(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether staff can open the Web UI."""
    async with _client() as client:
        try:
            await client.get(settings.temporal_ui_url)
        except httpx.HTTPError as fault:
            says = f"{settings.temporal_ui_url} does not answer here ({type(fault).__name__})"
            yield note("web ui", says, "Start it, or check PRIVACY_TEMPORAL_UI_URL.")
            return
    yield good("web ui", f"answers at {settings.temporal_ui_url}")


def _client() -> httpx.AsyncClient:
    """Return a client that believes the authorities of ``SSL_CERT_FILE``, and asks no proxy."""
    trusted = httpx.create_ssl_context()
    return httpx.AsyncClient(verify=trusted, trust_env=False, timeout=TIMEOUT_SECONDS)
