"""Greets mail intake as the company's mail server would, and hands nothing over."""

import smtplib

from workers.settings import Settings

TIMEOUT_SECONDS = 10
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})


def mail_intake_answers(settings: Settings, host: str | None = None) -> bool:
    """Tell whether the listener takes a greeting at ``host``, or where its settings say."""
    if settings.mail_in_port is None:
        return False
    protocol = smtplib.LMTP if settings.mail_in_protocol == "lmtp" else smtplib.SMTP
    try:
        place = host or listens_at(settings)
        with protocol(place, settings.mail_in_port, timeout=TIMEOUT_SECONDS) as server:
            return server.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def listens_at(settings: Settings) -> str:
    """Return the host to reach it at; one that listens everywhere is reached on this host."""
    return _LOOPBACK if settings.mail_in_host in _EVERYWHERE else settings.mail_in_host
