"""Consumers' mail to the company, and its way to the company's door."""

import asyncio
import smtplib
from email.message import EmailMessage

from tests.e2e.office import Office
from tests.e2e.shop import Customer
from workers.stack.ports import LOOPBACK


def write(customer: Customer, words: str, **headers: str) -> EmailMessage:
    """Write a mail to the company."""
    message = EmailMessage()
    message["From"] = f"{customer.name} <{customer.email}>"
    message["Subject"] = ""
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return message


async def send(
    office: Office, message: EmailMessage, sender: str = "", port: int | None = None
) -> None:
    """Hand a mail to the company's door, as its mail server does; another ``port`` leads there too.

    Raises:
        OSError, smtplib.SMTPException: the door did not take it.
    """
    to, door = str(office.settings.mail_from), port or office.settings.mail_in_port
    assert door is not None

    def deliver() -> None:
        with smtplib.SMTP(LOOPBACK, door, timeout=20) as server:
            server.send_message(message, from_addr=sender, to_addrs=[to])

    await asyncio.to_thread(deliver)
