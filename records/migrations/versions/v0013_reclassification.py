"""Let the worker correct what kind of request it is, of whom and from where."""

from records.migrate import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Grant it."""
    run_file("0013_reclassification.sql")
