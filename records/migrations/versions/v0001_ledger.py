"""Ledger, vault and requests."""

from records.migrate import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them, and the roles that may touch them."""
    run_file("0001_ledger.sql")
