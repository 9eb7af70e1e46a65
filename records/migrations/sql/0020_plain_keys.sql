-- The daily purge hashes the idempotency keys that releases before the hashes stored as they came.
GRANT UPDATE (idempotency_key) ON privacy.request TO privacy_worker;
