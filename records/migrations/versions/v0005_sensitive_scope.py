"""A suppression scope for those who limit the use of sensitive data."""

from records.migrate import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Allow it."""
    run_file("0005_sensitive_scope.sql")
