"""Suppression, legal holds and API keys."""

from records.migrate import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create them."""
    run_file("0003_safeguards.sql")
