"""Sessions of signed-in staff."""

from records.migrate import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create them."""
    run_file("0009_staff_sessions.sql")
