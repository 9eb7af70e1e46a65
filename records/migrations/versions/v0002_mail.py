"""Outbox, inbox and the tokens of links."""

from records.migrate import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create them."""
    run_file("0002_mail.sql")
