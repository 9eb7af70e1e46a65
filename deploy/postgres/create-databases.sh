#!/bin/sh
# Runs once, when the data volume is new: one role and database for Temporal, one for us.
set -eu

# Whoever comes over the network comes by TLS.
sed -i 's/^host all all all /hostssl all all all /' "$PGDATA/pg_hba.conf"
grep -q '^hostssl all all all ' "$PGDATA/pg_hba.conf"

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal_password="$TEMPORAL_DB_PASSWORD" \
  --set owner_password="$PRIVACY_OWNER_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE ROLE privacy_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE DATABASE privacy OWNER privacy_owner;
REVOKE ALL ON DATABASE temporal, temporal_visibility, privacy FROM PUBLIC;
SQL
