"""Reports of delivery as mail servers write them (RFC 3464)."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import default

_REPORT = """\
Return-Path: <>
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>
To: letters@wicresoft.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 23 Nov 2026 10:00:00 -0800

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: letters@wicresoft.com
To: {recipient}
Message-ID: {message_id}
Subject: We have received your privacy request

--b--
"""


def bounce(
    message_id: str, recipient: str, *, action: str = "failed", status: str = "5.1.1"
) -> EmailMessage:
    """Return the report on a letter."""
    text = _REPORT.format(message_id=message_id, recipient=recipient, action=action, status=status)
    report = message_from_string(text, policy=default)
    assert isinstance(report, EmailMessage)
    return report
