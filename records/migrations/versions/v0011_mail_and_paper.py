"""Mail that came in, and letters that go out on paper."""

from records.migrate import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create them."""
    run_file("0011_mail_and_paper.sql")
