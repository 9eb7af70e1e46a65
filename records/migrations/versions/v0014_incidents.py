"""Remember which requests are frozen after a misdelivery."""

from records.migrate import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the instant."""
    run_file("0014_incidents.sql")
