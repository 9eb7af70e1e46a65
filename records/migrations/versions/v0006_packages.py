"""Packages of disclosures in chunks, and the codes that fetch them."""

from records.migrate import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create them."""
    run_file("0006_packages.sql")
