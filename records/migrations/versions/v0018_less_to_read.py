"""Take from the gateway what it need not read."""

from records.migrate import run_file

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Revoke it."""
    run_file("0018_less_to_read.sql")
