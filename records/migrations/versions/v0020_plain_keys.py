"""Let the worker hash the idempotency keys that were stored as they came."""

from records.migrate import run_file

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Grant it."""
    run_file("0020_plain_keys.sql")
