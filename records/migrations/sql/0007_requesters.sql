-- Requests that one person made in one submission know of each other.
ALTER TABLE privacy.request ADD COLUMN linked text[] NOT NULL DEFAULT '{}';
GRANT INSERT (linked) ON privacy.request TO privacy_worker, privacy_gateway;


-- Who asked, by keyed hash: what a person's earlier requests are found by.
CREATE TABLE privacy.requester_identity (
  request_id text NOT NULL REFERENCES privacy.request,
  identity_hash text NOT NULL CHECK (identity_hash ~ '^[^:]+:[0-9a-f]{64}$'),
  PRIMARY KEY (request_id, identity_hash)
);
CREATE INDEX requester_identity_by_hash ON privacy.requester_identity (identity_hash);

GRANT SELECT, INSERT ON privacy.requester_identity TO privacy_worker, privacy_gateway;
GRANT DELETE ON privacy.requester_identity TO privacy_worker;

-- A shredded request is nobody's any more.
CREATE FUNCTION privacy.forget_requester() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM privacy.requester_identity WHERE request_id = NEW.request_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER shredding_forgets_requester AFTER UPDATE ON privacy.data_key
  FOR EACH ROW WHEN (NEW.wrapped IS NULL) EXECUTE FUNCTION privacy.forget_requester();
