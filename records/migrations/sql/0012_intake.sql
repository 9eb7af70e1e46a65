-- Where intake systems want to hear of their requests. Secrets are derived and stand nowhere.
CREATE TABLE privacy.webhook (
  webhook_id text PRIMARY KEY CHECK (webhook_id ~ '^wh_[0-9a-f]{12}$'),
  client text NOT NULL,
  url text NOT NULL,
  secret_n integer NOT NULL DEFAULT 1 CHECK (secret_n > 0),
  previous_until timestamptz,
  added_at timestamptz NOT NULL,
  removed_at timestamptz
);
CREATE INDEX webhook_of_client ON privacy.webhook (client) WHERE removed_at IS NULL;

GRANT SELECT ON privacy.webhook TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT UPDATE (removed_at) ON privacy.webhook TO privacy_worker;


-- What is to be told to them, once each, in the order of n within a request. Nothing personal.
CREATE TABLE privacy.webhook_message (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id text NOT NULL REFERENCES privacy.webhook,
  request_id text REFERENCES privacy.request,
  facts jsonb NOT NULL,
  noted_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL,
  fault text NOT NULL DEFAULT '' CHECK (fault ~ '^[a-z0-9_]{0,40}$'),
  delivered_at timestamptz,
  given_up_at timestamptz,
  CHECK (num_nonnulls(delivered_at, given_up_at) < 2)
);
CREATE INDEX webhook_message_waiting ON privacy.webhook_message (webhook_id, request_id, n)
  WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX webhook_message_settled ON privacy.webhook_message (delivered_at)
  WHERE delivered_at IS NOT NULL;

GRANT SELECT ON privacy.webhook_message TO privacy_worker, privacy_auditor;
GRANT INSERT (webhook_id, request_id, facts, noted_at, next_at), DELETE,
  UPDATE (attempts, next_at, fault, delivered_at, given_up_at)
  ON privacy.webhook_message TO privacy_worker;


-- Requests that somebody began and means to go on with. The link's token opens them; here stands
-- its hash, so that without the link nobody can read what was typed.
CREATE TABLE privacy.request_draft (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  ciphertext bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX request_draft_ending ON privacy.request_draft (expires_at);

GRANT SELECT, INSERT, DELETE, UPDATE (ciphertext, expires_at)
  ON privacy.request_draft TO privacy_gateway;
