"""Put messages aside that cannot be read, and withdraw letters that will never go out."""

from records.migrate import run_file

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add when and why; allow it."""
    run_file("0017_parked_messages.sql")
