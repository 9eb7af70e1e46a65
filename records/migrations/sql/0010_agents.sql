-- Agents' software (Data Rights Protocol): one live token for each agent, kept as a hash, with the
-- mark of the key that it was paired under.
CREATE TABLE privacy.agent_token (
  agent_id text PRIMARY KEY CHECK (agent_id ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
  token_hash text NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  key_fingerprint text NOT NULL CHECK (key_fingerprint ~ '^[0-9a-f]{64}$'),
  issued_at timestamptz NOT NULL
);


-- Signed messages that were used, kept until they expire by themselves: the protocol has no nonce.
CREATE TABLE privacy.agent_message (
  digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  expires_at timestamptz NOT NULL
);
CREATE INDEX agent_message_by_end ON privacy.agent_message (expires_at);


-- Requests as agents know them, and what each was last told by a callback. Addresses of callbacks
-- and agents' own numbers are the agents' text and stand in the vault.
CREATE TABLE privacy.agent_request (
  drp_id uuid PRIMARY KEY,
  request_id text NOT NULL UNIQUE REFERENCES privacy.request,
  agent_id text NOT NULL,
  filed_at timestamptz NOT NULL,
  calls_back boolean NOT NULL,
  told text CHECK (told ~ '^[0-9a-f]{64}$'),
  seen_n integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  call_after timestamptz NOT NULL,
  settled_at timestamptz
);
CREATE INDEX agent_request_to_tell ON privacy.agent_request (call_after)
  WHERE calls_back AND settled_at IS NULL;

GRANT SELECT, INSERT, UPDATE (token_hash, key_fingerprint, issued_at) ON privacy.agent_token
  TO privacy_gateway;
GRANT SELECT, INSERT, DELETE ON privacy.agent_message TO privacy_gateway;
GRANT SELECT, INSERT ON privacy.agent_request TO privacy_gateway;
GRANT SELECT, UPDATE (told, seen_n, attempts, call_after, settled_at) ON privacy.agent_request
  TO privacy_worker;
GRANT SELECT ON privacy.agent_request TO privacy_auditor;
GRANT SELECT (agent_id, key_fingerprint, issued_at) ON privacy.agent_token TO privacy_auditor;
