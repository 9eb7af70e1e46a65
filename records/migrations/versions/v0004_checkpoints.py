"""Signed checkpoints over all streams."""

from records.migrate import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them."""
    run_file("0004_checkpoints.sql")
