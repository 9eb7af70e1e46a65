"""Rights and indexes for watching an installation."""

from records.migrate import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create them."""
    run_file("0008_watching.sql")
