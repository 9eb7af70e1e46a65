-- Each kept mail has a data key of its own, so that wrapping keys may live with a key service.
ALTER TABLE privacy.mail ADD COLUMN wrapped bytea;
GRANT INSERT (wrapped), UPDATE (wrapped) ON privacy.mail TO privacy_gateway;
GRANT UPDATE (wrapped) ON privacy.mail TO privacy_worker;
