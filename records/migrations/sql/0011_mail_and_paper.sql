-- Mail that came in, each once. It stands here, closed under the vault's key, until it stands in a
-- request's vault, or until staff have looked at what could not be filed.
CREATE TABLE privacy.mail (
  mail_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  once_key text NOT NULL UNIQUE CHECK (once_key ~ '^[^:]+:[0-9a-f]{64}$'),
  received_at timestamptz NOT NULL,
  size integer NOT NULL CHECK (size >= 0),
  standing text NOT NULL DEFAULT 'received' CHECK (
    standing IN ('received', 'filed', 'threaded', 'bounce', 'automatic', 'parked', 'dismissed')),
  reason text NOT NULL DEFAULT '' CHECK (reason ~ '^[a-z_]{0,40}$'),
  attempts integer NOT NULL DEFAULT 0,
  request_id text REFERENCES privacy.request,
  settled_at timestamptz,
  key_id text,
  raw bytea,
  CHECK ((key_id IS NULL) = (raw IS NULL)),
  CHECK (raw IS NOT NULL OR standing NOT IN ('received', 'parked')),
  CHECK ((standing = 'received') = (settled_at IS NULL)),
  CHECK (request_id IS NOT NULL OR standing NOT IN ('filed', 'threaded', 'bounce'))
);
CREATE INDEX mail_to_settle ON privacy.mail (mail_id) WHERE standing IN ('received', 'parked');
CREATE INDEX mail_to_rewrap ON privacy.mail (key_id) WHERE raw IS NOT NULL;

GRANT SELECT ON privacy.mail TO privacy_worker, privacy_gateway;
GRANT SELECT (mail_id, received_at, size, standing, reason, attempts, request_id, settled_at)
  ON privacy.mail TO privacy_auditor;
GRANT INSERT (once_key, received_at, size, key_id, raw),
  UPDATE (standing, reason, attempts, request_id, settled_at, key_id, raw)
  ON privacy.mail TO privacy_gateway;
GRANT UPDATE (key_id, raw) ON privacy.mail TO privacy_worker;


-- Letters on paper: written as a PDF, they wait until staff have posted them.
ALTER TABLE privacy.outbox
  ADD COLUMN channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'post')),
  DROP CONSTRAINT outbox_status_check,
  ADD CONSTRAINT outbox_status_check
    CHECK (status IN ('waiting', 'accepted', 'deferred', 'refused', 'queued'));
CREATE INDEX outbox_to_post ON privacy.outbox (requested_at) WHERE status = 'queued';
