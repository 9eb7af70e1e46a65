"""The migrations of schema ``privacy``: alembic's steps, and the SQL that each of them runs."""
