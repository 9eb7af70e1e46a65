-- Letters that must go out. Addresses and bodies stand in the vault, never here.
CREATE TABLE privacy.outbox (
  stream text NOT NULL,
  n integer NOT NULL CHECK (n > 0),
  request_id text NOT NULL REFERENCES privacy.request,
  notice text NOT NULL,
  audience text NOT NULL CHECK (audience IN ('consumer', 'staff', 'provider')),
  facts jsonb NOT NULL,
  message_id text NOT NULL UNIQUE,
  requested_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'accepted', 'deferred', 'refused')),
  attempts integer NOT NULL DEFAULT 0,
  accepted_at timestamptz,
  server_reply text CHECK (server_reply ~ '^[2-5]\d\d( [245]\.\d{1,3}\.\d{1,3})?$'),
  body_hash text CHECK (body_hash ~ '^[0-9a-f]{64}$'),
  template_version text,
  PRIMARY KEY (stream, n),
  CHECK ((status = 'accepted') = (accepted_at IS NOT NULL))
);
CREATE INDEX outbox_by_request ON privacy.outbox (request_id);
CREATE INDEX outbox_unsent ON privacy.outbox (requested_at)
  WHERE status IN ('waiting', 'deferred');

CREATE FUNCTION privacy.keep_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'accepted' AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'letter % of % was accepted and stays so', OLD.n, OLD.stream
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.stream, NEW.n, NEW.request_id, NEW.notice, NEW.audience, NEW.facts, NEW.message_id)
      IS DISTINCT FROM
     (OLD.stream, OLD.n, OLD.request_id, OLD.notice, OLD.audience, OLD.facts, OLD.message_id)
     OR (OLD.body_hash IS NOT NULL AND NEW.body_hash IS DISTINCT FROM OLD.body_hash) THEN
    RAISE EXCEPTION 'letter % of % stays the letter it is', OLD.n, OLD.stream
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER letter_is_kept BEFORE UPDATE ON privacy.outbox
  FOR EACH ROW EXECUTE FUNCTION privacy.keep_letter();

GRANT SELECT ON privacy.outbox TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT ON privacy.outbox TO privacy_worker;
GRANT UPDATE (status, attempts, accepted_at, server_reply, body_hash, template_version)
  ON privacy.outbox TO privacy_worker;


-- What came from outside and was verified, once; the evidence's bytes stand in the vault.
CREATE TABLE privacy.inbox (
  row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  once_key text NOT NULL UNIQUE,
  request_id text NOT NULL REFERENCES privacy.request,
  stream text NOT NULL,
  kind text NOT NULL,
  facts jsonb NOT NULL,
  evidence_hash text CHECK (evidence_hash ~ '^[0-9a-f]{64}$'),
  received_at timestamptz NOT NULL,
  delivered_at timestamptz
);
CREATE INDEX inbox_by_request ON privacy.inbox (request_id);
CREATE INDEX inbox_undelivered ON privacy.inbox (received_at) WHERE delivered_at IS NULL;

GRANT SELECT ON privacy.inbox TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT (once_key, request_id, stream, kind, facts, evidence_hash, received_at),
  UPDATE (delivered_at) ON privacy.inbox TO privacy_worker, privacy_gateway;


-- Links' tokens, by their hash; a used one is an inbox row whose once-only key names it.
CREATE TABLE privacy.token (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  request_id text NOT NULL REFERENCES privacy.request,
  stream text NOT NULL,
  letter_n integer NOT NULL,
  purpose text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX token_by_request ON privacy.token (request_id);

GRANT SELECT ON privacy.token TO privacy_worker, privacy_gateway;
GRANT INSERT ON privacy.token TO privacy_worker;
GRANT UPDATE (revoked_at) ON privacy.token TO privacy_worker;
