-- A request that turns out to be of another kind goes on as that kind.
GRANT UPDATE (request_types, requester, residency) ON privacy.request TO privacy_worker;
