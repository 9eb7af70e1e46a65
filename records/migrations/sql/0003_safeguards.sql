-- People who must not be contacted, sold or collected again, by keyed hash.
CREATE TABLE privacy.suppression (
  scope text NOT NULL CHECK (scope IN ('deletion', 'sale_sharing', 'marketing')),
  identity_hash text NOT NULL CHECK (identity_hash ~ '^[^:]+:[0-9a-f]{64}$'),
  request_id text,
  since timestamptz NOT NULL,
  PRIMARY KEY (scope, identity_hash)
);
GRANT SELECT, INSERT, DELETE ON privacy.suppression TO privacy_worker;
GRANT SELECT ON privacy.suppression TO privacy_gateway;


-- Legal holds: nothing of what they cover is erased or purged until they are released.
CREATE TABLE privacy.legal_hold (
  hold_id text PRIMARY KEY,
  matter text NOT NULL,
  request_id text REFERENCES privacy.request,
  identity_hash text CHECK (identity_hash ~ '^[^:]+:[0-9a-f]{64}$'),
  placed_by text NOT NULL,
  placed_at timestamptz NOT NULL,
  released_by text,
  released_at timestamptz,
  CHECK (num_nonnulls(request_id, identity_hash) = 1),
  CHECK ((released_by IS NULL) = (released_at IS NULL))
);
CREATE INDEX legal_hold_on_request ON privacy.legal_hold (request_id) WHERE released_at IS NULL;
CREATE INDEX legal_hold_on_person ON privacy.legal_hold (identity_hash) WHERE released_at IS NULL;

GRANT SELECT ON privacy.legal_hold TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT, UPDATE (released_by, released_at) ON privacy.legal_hold TO privacy_worker;

CREATE FUNCTION privacy.respect_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM privacy.legal_hold WHERE request_id = OLD.request_id AND released_at IS NULL
  ) THEN
    RAISE EXCEPTION 'a legal hold covers %; release it before its key is destroyed', OLD.request_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER holds_are_respected BEFORE UPDATE ON privacy.data_key
  FOR EACH ROW WHEN (NEW.wrapped IS NULL) EXECUTE FUNCTION privacy.respect_holds();


-- API keys of intake clients; only the owner adds and revokes them.
CREATE TABLE privacy.api_key (
  key_id text PRIMARY KEY,
  client text NOT NULL,
  secret_hash text NOT NULL CHECK (secret_hash ~ '^[0-9a-f]{64}$'),
  scopes text[] NOT NULL,
  added_at timestamptz NOT NULL,
  revoked_at timestamptz
);
GRANT SELECT ON privacy.api_key TO privacy_gateway;
