"""Agents' software: tokens, used messages, the ids by which agents know their requests."""

from records.migrate import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create them."""
    run_file("0010_agents.sql")
