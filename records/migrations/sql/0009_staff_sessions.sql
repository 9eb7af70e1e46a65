-- Who of the staff is signed in. A browser holds the session's secret, we its hash.
CREATE TABLE privacy.staff_session (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  staff_id text NOT NULL CHECK (staff_id ~ '^[A-Za-z0-9._-]{1,40}$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  roles text[] NOT NULL CHECK (roles <@ ARRAY['handler', 'approver', 'counsel', 'auditor']),
  means text NOT NULL CHECK (means IN ('provider', 'link')),
  began_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX staff_session_by_end ON privacy.staff_session (ends_at);

-- One-time links that sign a developer in; the gateway takes them on a development stack only.
CREATE TABLE privacy.staff_link (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  staff_id text NOT NULL CHECK (staff_id ~ '^[A-Za-z0-9._-]{1,40}$'),
  roles text[] NOT NULL CHECK (roles <@ ARRAY['handler', 'approver', 'counsel', 'auditor']),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

GRANT SELECT, INSERT, UPDATE (seen_at, ended_at), DELETE ON privacy.staff_session
  TO privacy_gateway;
GRANT SELECT (staff_id, name, roles, means, began_at, seen_at, ends_at, ended_at)
  ON privacy.staff_session TO privacy_auditor;
GRANT SELECT, UPDATE (used_at) ON privacy.staff_link TO privacy_gateway;

-- When requests came and were answered, for the figures of the team and of the year.
CREATE INDEX ledger_receipts ON privacy.ledger (stream)
  WHERE document->>'type' = 'RequestReceived';
CREATE INDEX ledger_answers ON privacy.ledger (stream)
  WHERE document->>'type' = 'RequestAnswered';
