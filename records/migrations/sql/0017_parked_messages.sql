-- A message that its workflow cannot read is put aside, with the reason, until staff retry it.
ALTER TABLE privacy.inbox ADD COLUMN parked_at timestamptz;
ALTER TABLE privacy.inbox ADD COLUMN parked_reason text
  CHECK (parked_reason ~ '^[A-Za-z0-9_ .:-]{1,120}$');
GRANT UPDATE (parked_at, parked_reason) ON privacy.inbox TO privacy_worker;
-- So that a row can always be listed, whatever it says.
ALTER TABLE privacy.inbox ADD CONSTRAINT inbox_facts_are_an_object
  CHECK (jsonb_typeof(facts) = 'object');
-- A letter that will never go out, because it became untrue or staff dropped it, waits no more.
ALTER TABLE privacy.outbox
  DROP CONSTRAINT outbox_status_check,
  ADD CONSTRAINT outbox_status_check
    CHECK (status IN ('waiting', 'accepted', 'deferred', 'refused', 'queued', 'withdrawn'));
