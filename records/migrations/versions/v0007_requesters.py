"""Linked requests, and requesters by keyed hash."""

from records.migrate import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add them."""
    run_file("0007_requesters.sql")
