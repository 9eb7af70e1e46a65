"""Chain the instants at which events were recorded."""

from records.migrate import run_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Seal every row."""
    run_file("0016_seals.sql")
