"""Let the gateway store in the vault only what comes in from outside."""

from records.migrate import run_file

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Set the policies of the vault's rows."""
    run_file("0019_kinds_of_the_gateway.sql")
