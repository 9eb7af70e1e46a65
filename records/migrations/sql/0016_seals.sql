-- Each row's seal covers its hash, the instant at which it was recorded, and the seal before it: so
-- that the database's own clock is chained as the events are, and checkpoints sign it as well.
ALTER TABLE privacy.ledger ADD COLUMN seal text CHECK (seal ~ '^[0-9a-f]{64}$');
ALTER TABLE privacy.checkpoint_head ADD COLUMN seal text CHECK (seal ~ '^[0-9a-f]{64}$');
ALTER TABLE privacy.checkpoint DROP COLUMN recorded_at;

CREATE FUNCTION privacy.seal_of(stream_ text, n_ integer, hash_ text, recorded_at_ timestamptz)
  RETURNS text LANGUAGE sql AS $$
  SELECT encode(sha256(convert_to(
    coalesce((SELECT l.seal FROM privacy.ledger l WHERE l.stream = stream_ AND l.n = n_ - 1),
             repeat('0', 64))
    || E'\n' || hash_ || E'\n'
    || to_char(recorded_at_ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    'UTF8')), 'hex')
$$;

CREATE FUNCTION privacy.seal_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.seal := privacy.seal_of(NEW.stream, NEW.n, NEW.hash, NEW.recorded_at);
  RETURN NEW;
END
$$;

-- What was recorded before is sealed now, in order.
ALTER TABLE privacy.ledger DISABLE TRIGGER ledger_is_append_only;
DO $$
DECLARE
  row record;
BEGIN
  FOR row IN SELECT stream, n, hash, recorded_at FROM privacy.ledger ORDER BY stream, n LOOP
    UPDATE privacy.ledger SET seal = privacy.seal_of(row.stream, row.n, row.hash, row.recorded_at)
      WHERE stream = row.stream AND n = row.n;
  END LOOP;
END
$$;
ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_append_only;
ALTER TABLE privacy.ledger ALTER COLUMN seal SET NOT NULL;

CREATE TRIGGER ledger_is_sealed BEFORE INSERT ON privacy.ledger
  FOR EACH ROW EXECUTE FUNCTION privacy.seal_row();
ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_sealed;
