-- A request is frozen from the moment at which a misdelivery is reported, until staff release it.
ALTER TABLE privacy.request ADD COLUMN frozen_at timestamptz;
GRANT UPDATE (frozen_at) ON privacy.request TO privacy_worker;
