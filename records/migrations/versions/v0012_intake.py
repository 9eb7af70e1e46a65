"""Webhooks of intake systems with their messages, and requests that were begun and not sent."""

from records.migrate import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create them."""
    run_file("0012_intake.sql")
