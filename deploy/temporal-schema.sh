#!/bin/sh
# Brings Temporal's two schemas up to the version of this image; running it again changes nothing.
set -eu

update() {
  database=$1 schema=$2
  set -- --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database"
  temporal-sql-tool "$@" setup-schema -v 0.0 2>/dev/null || echo "$database has a schema already"
  temporal-sql-tool "$@" update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

update temporal temporal
update temporal_visibility visibility
