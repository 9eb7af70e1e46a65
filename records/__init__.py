"""Our own Postgres: ledger, vault, outbox, inbox, tokens, requests, and what keeps them honest."""
