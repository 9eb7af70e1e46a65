-- Roles are shared by every database of a server, so another one may have created them already.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['privacy_worker', 'privacy_gateway', 'privacy_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I LOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

REVOKE ALL ON SCHEMA privacy FROM PUBLIC;
GRANT USAGE ON SCHEMA privacy TO privacy_worker, privacy_gateway, privacy_auditor;


CREATE FUNCTION privacy.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'privacy.% is append-only: % refused; write a new row that says what changed',
    TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;


-- convert_from is only stable; within a UTF-8 database its answer for UTF-8 never changes.
CREATE FUNCTION privacy.document_of(body bytea) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT
  RETURN pg_catalog.convert_from(body, 'UTF8')::jsonb;


-- The ledger: canonical bytes, chained. recorded_at is the database's clock and outside the chain.
CREATE TABLE privacy.ledger (
  stream text NOT NULL CHECK (stream ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  n integer NOT NULL CHECK (n > 0),
  body bytea NOT NULL,
  previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  document jsonb GENERATED ALWAYS AS (privacy.document_of(body)) STORED,
  PRIMARY KEY (stream, n)
);

CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON privacy.ledger
  FOR EACH ROW EXECUTE FUNCTION privacy.refuse_change();
CREATE TRIGGER ledger_is_never_emptied BEFORE TRUNCATE ON privacy.ledger
  FOR EACH STATEMENT EXECUTE FUNCTION privacy.refuse_change();
ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_append_only;
ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_never_emptied;


-- Where each stream stands: its lock for writers, and what a cut-off tail is found by.
CREATE TABLE privacy.stream_head (
  stream text PRIMARY KEY,
  n integer NOT NULL,
  hash text NOT NULL,
  request_id text GENERATED ALWAYS AS (split_part(stream, '.', 1)) STORED
);
CREATE INDEX stream_head_by_request ON privacy.stream_head (request_id);

CREATE FUNCTION privacy.only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.stream <> OLD.stream OR NEW.n < OLD.n OR (NEW.n = OLD.n AND NEW.hash <> OLD.hash) THEN
    RAISE EXCEPTION 'the head of stream % moves forward only', OLD.stream
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER head_moves_forward BEFORE UPDATE ON privacy.stream_head
  FOR EACH ROW EXECUTE FUNCTION privacy.only_forward();
CREATE TRIGGER head_stays BEFORE DELETE ON privacy.stream_head
  FOR EACH ROW EXECUTE FUNCTION privacy.refuse_change();
CREATE TRIGGER heads_are_never_emptied BEFORE TRUNCATE ON privacy.stream_head
  FOR EACH STATEMENT EXECUTE FUNCTION privacy.refuse_change();
ALTER TABLE privacy.stream_head ENABLE ALWAYS TRIGGER head_moves_forward;
ALTER TABLE privacy.stream_head ENABLE ALWAYS TRIGGER head_stays;
ALTER TABLE privacy.stream_head ENABLE ALWAYS TRIGGER heads_are_never_emptied;

-- recorded_at is granted to nobody, so nobody can date a row. The gateway writes outside streams only.
GRANT SELECT ON privacy.ledger, privacy.stream_head
  TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT (stream, n, body, previous_hash, hash) ON privacy.ledger
  TO privacy_worker, privacy_gateway;
GRANT INSERT (stream, n, hash), UPDATE (n, hash) ON privacy.stream_head
  TO privacy_worker, privacy_gateway;

ALTER TABLE privacy.ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.stream_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone_reads ON privacy.ledger FOR SELECT USING (true);
CREATE POLICY everyone_reads ON privacy.stream_head FOR SELECT USING (true);
CREATE POLICY worker_writes ON privacy.ledger FOR INSERT TO privacy_worker WITH CHECK (true);
CREATE POLICY worker_writes ON privacy.stream_head FOR ALL TO privacy_worker USING (true);
CREATE POLICY gateway_writes_outside ON privacy.ledger FOR INSERT TO privacy_gateway
  WITH CHECK (stream ~ '\.outside$');
CREATE POLICY gateway_writes_outside ON privacy.stream_head FOR ALL TO privacy_gateway
  USING (stream ~ '\.outside$');


-- Requests: non-personal facts of what came in, then projections of the ledger.
CREATE TABLE privacy.request (
  request_id text PRIMARY KEY CHECK (request_id ~ '^[A-Za-z0-9-]{1,64}$'),
  client text NOT NULL,
  idempotency_key text NOT NULL,
  body_hash text NOT NULL,
  request_types text[] NOT NULL,
  requester text NOT NULL,
  residency text NOT NULL,
  channel text NOT NULL,
  language text NOT NULL,
  received_at timestamptz NOT NULL,
  registered_at timestamptz NOT NULL,
  policy_version text,
  business_time timestamptz,
  stage text,
  needs_action text,
  receipt_date date,
  acknowledge_by timestamptz,
  respond_by timestamptz,
  breached_at timestamptz,
  answered_at timestamptz,
  outcome text,
  closed_at timestamptz,
  retain_until date,
  purged_at timestamptz,
  UNIQUE (client, idempotency_key)
);
CREATE INDEX request_by_registration ON privacy.request (registered_at, request_id);
CREATE INDEX request_still_open ON privacy.request (request_id) WHERE closed_at IS NULL;
CREATE INDEX request_to_purge ON privacy.request (retain_until) WHERE purged_at IS NULL;

GRANT SELECT ON privacy.request TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT (
  request_id, client, idempotency_key, body_hash, request_types, requester, residency, channel,
  language, received_at, registered_at
) ON privacy.request TO privacy_worker, privacy_gateway;
GRANT UPDATE (
  policy_version, business_time, stage, needs_action, receipt_date, acknowledge_by, respond_by,
  breached_at, answered_at, outcome, closed_at, retain_until, purged_at
) ON privacy.request TO privacy_worker;


-- The vault: personal data, each request under a data key of its own, wrapped; gone = shredded.
CREATE TABLE privacy.data_key (
  request_id text PRIMARY KEY REFERENCES privacy.request,
  key_id text NOT NULL,
  wrapped bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  shredded_at timestamptz,
  CHECK ((wrapped IS NULL) = (shredded_at IS NOT NULL))
);
CREATE INDEX data_key_by_wrapping ON privacy.data_key (key_id) WHERE wrapped IS NOT NULL;

CREATE TABLE privacy.vault (
  request_id text NOT NULL REFERENCES privacy.data_key,
  kind text NOT NULL CHECK (kind ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  n bigint NOT NULL,
  ciphertext bytea NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (request_id, kind, n)
);

CREATE FUNCTION privacy.stay_shredded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the data key of % is shredded and stays so', OLD.request_id
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER shredded_stays_shredded BEFORE UPDATE OR DELETE ON privacy.data_key
  FOR EACH ROW WHEN (OLD.shredded_at IS NOT NULL) EXECUTE FUNCTION privacy.stay_shredded();

GRANT SELECT, INSERT ON privacy.data_key, privacy.vault TO privacy_worker, privacy_gateway;
GRANT UPDATE (key_id, wrapped, shredded_at) ON privacy.data_key TO privacy_worker;
GRANT UPDATE (ciphertext, stored_at), DELETE ON privacy.vault TO privacy_worker;
