-- What an operator watches: the schema's revision, refused letters, breaches of open requests.
GRANT SELECT ON privacy.alembic_version TO privacy_worker, privacy_gateway, privacy_auditor;

CREATE INDEX outbox_refused ON privacy.outbox (request_id) WHERE status = 'refused';
CREATE INDEX ledger_breaches ON privacy.ledger (stream)
  WHERE document->>'type' = 'DeadlineBreached';
