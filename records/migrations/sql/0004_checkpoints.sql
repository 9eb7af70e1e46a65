-- Signed checkpoints: each signs where the streams stood that had moved since the one before, so
-- that a tail rewritten together with its head row no longer agrees with what was signed.
CREATE TABLE privacy.checkpoint (
  n integer PRIMARY KEY CHECK (n > 0),
  taken_at timestamptz NOT NULL,
  body bytea NOT NULL,
  previous_hash text NOT NULL CHECK (previous_hash ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  signature bytea NOT NULL CHECK (octet_length(signature) = 64),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE privacy.checkpoint_head (
  stream text NOT NULL,
  n integer NOT NULL,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  checkpoint integer NOT NULL REFERENCES privacy.checkpoint,
  PRIMARY KEY (stream, n)
);
CREATE INDEX checkpoint_head_by_checkpoint ON privacy.checkpoint_head (checkpoint);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['checkpoint', 'checkpoint_head'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON privacy.%I'
      ' FOR EACH ROW EXECUTE FUNCTION privacy.refuse_change()', name || '_is_append_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON privacy.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION privacy.refuse_change()',
      name || '_is_never_emptied', name);
    EXECUTE format('ALTER TABLE privacy.%I ENABLE ALWAYS TRIGGER %I', name,
      name || '_is_append_only');
    EXECUTE format('ALTER TABLE privacy.%I ENABLE ALWAYS TRIGGER %I', name,
      name || '_is_never_emptied');
  END LOOP;
END
$$;

GRANT SELECT ON privacy.checkpoint, privacy.checkpoint_head TO privacy_worker, privacy_auditor;
GRANT INSERT (n, taken_at, body, previous_hash, hash, public_key, signature)
  ON privacy.checkpoint TO privacy_worker;
GRANT INSERT ON privacy.checkpoint_head TO privacy_worker;
