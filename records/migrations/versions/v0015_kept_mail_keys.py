"""Give each kept mail a data key of its own."""

from records.migrate import run_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the place of the wrapped key."""
    run_file("0015_kept_mail_keys.sql")
