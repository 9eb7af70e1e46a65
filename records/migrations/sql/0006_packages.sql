-- What is disclosed: first gathered, then made into packages. The content stands in chunks under the
-- request's data key and goes when the package is purged; hashes, sizes and counts stay (REC-05).
CREATE TABLE privacy.package (
  request_id text NOT NULL REFERENCES privacy.data_key,
  kind text NOT NULL CHECK (kind IN ('gathering', 'package')),
  version integer NOT NULL CHECK (version > 0),
  build text NOT NULL CHECK (build ~ '^[0-9a-f]{32}$'),
  made_of text NOT NULL CHECK (made_of ~ '^[0-9a-f]{64}$'),
  begun_at timestamptz NOT NULL,
  chunks integer CHECK (chunks > 0),
  size bigint,
  content_hash text CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  facts jsonb,
  built_at timestamptz,
  released_at timestamptz,
  purged_at timestamptz,
  PRIMARY KEY (request_id, kind, version),
  UNIQUE (request_id, kind, version, build),
  CHECK (num_nulls(chunks, size, content_hash, facts, built_at) IN (0, 5)),
  CHECK (released_at IS NULL OR built_at IS NOT NULL)
);

-- A writer that was given up fails on its build once another has begun the version anew.
CREATE TABLE privacy.package_chunk (
  request_id text NOT NULL,
  kind text NOT NULL,
  version integer NOT NULL,
  build text NOT NULL,
  n integer NOT NULL CHECK (n >= 0),
  ciphertext bytea NOT NULL,
  PRIMARY KEY (request_id, kind, version, build, n),
  FOREIGN KEY (request_id, kind, version, build)
    REFERENCES privacy.package (request_id, kind, version, build) ON DELETE CASCADE
);
ALTER TABLE privacy.package_chunk ALTER COLUMN ciphertext SET STORAGE EXTERNAL;

CREATE FUNCTION privacy.keep_package() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'package % of % is built and its facts stay', OLD.version, OLD.request_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.request_id, NEW.kind, NEW.version, NEW.build, NEW.made_of, NEW.chunks, NEW.size,
      NEW.content_hash, NEW.facts, NEW.built_at)
      IS DISTINCT FROM
     (OLD.request_id, OLD.kind, OLD.version, OLD.build, OLD.made_of, OLD.chunks, OLD.size,
      OLD.content_hash, OLD.facts, OLD.built_at)
     OR (OLD.released_at IS NOT NULL AND NEW.released_at IS DISTINCT FROM OLD.released_at)
     OR (OLD.purged_at IS NOT NULL AND NEW.purged_at IS DISTINCT FROM OLD.purged_at) THEN
    RAISE EXCEPTION 'package % of % is built and stays as it is', OLD.version, OLD.request_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER package_is_kept BEFORE UPDATE OR DELETE ON privacy.package
  FOR EACH ROW WHEN (OLD.built_at IS NOT NULL) EXECUTE FUNCTION privacy.keep_package();

-- Whoever shreds a request's key drops what it opened.
CREATE FUNCTION privacy.drop_packages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM privacy.package_chunk WHERE request_id = NEW.request_id;
  UPDATE privacy.package SET purged_at = NEW.shredded_at
    WHERE request_id = NEW.request_id AND purged_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER packages_go_with_the_key AFTER UPDATE ON privacy.data_key
  FOR EACH ROW WHEN (NEW.wrapped IS NULL) EXECUTE FUNCTION privacy.drop_packages();

GRANT SELECT ON privacy.package TO privacy_worker, privacy_gateway, privacy_auditor;
GRANT INSERT, DELETE, UPDATE (chunks, size, content_hash, facts, built_at, released_at, purged_at)
  ON privacy.package TO privacy_worker;
GRANT SELECT ON privacy.package_chunk TO privacy_worker, privacy_gateway;
GRANT INSERT, DELETE ON privacy.package_chunk TO privacy_worker;


-- One-time codes mailed to the verified address before a package is handed out, as keyed hashes.
CREATE TABLE privacy.package_code (
  token_hash text NOT NULL REFERENCES privacy.token,
  n integer NOT NULL CHECK (n > 0),
  digest text NOT NULL CHECK (digest ~ '^[^:]+:[0-9a-f]{64}$'),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  used_at timestamptz,
  PRIMARY KEY (token_hash, n)
);
GRANT SELECT ON privacy.package_code TO privacy_worker;
GRANT SELECT, INSERT, UPDATE (attempts, used_at) ON privacy.package_code TO privacy_gateway;
