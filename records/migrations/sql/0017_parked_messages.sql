-- A message that its workflow cannot read is put aside, with the reason, until staff retry it.
ALTER TABLE privacy.inbox ADD COLUMN parked_at timestamptz;
ALTER TABLE privacy.inbox ADD COLUMN parked_reason text
  CHECK (parked_reason ~ '^[A-Za-z0-9_ .:-]{1,120}$');
GRANT UPDATE (parked_at, parked_reason) ON privacy.inbox TO privacy_worker;
