-- The gateway and mail intake store what comes in from outside; what is made here is the worker's.
-- Tokens in clear and what was erased they never read.
ALTER TABLE privacy.vault ENABLE ROW LEVEL SECURITY;

CREATE POLICY worker ON privacy.vault TO privacy_worker USING (true) WITH CHECK (true);

CREATE POLICY gateway_stores ON privacy.vault FOR INSERT TO privacy_gateway WITH CHECK (
  kind IN (
    'submission', 'agent_exercise', 'inbox', 'message', 'message-file', 'failing-address'
  )
);
CREATE POLICY gateway_reads ON privacy.vault FOR SELECT TO privacy_gateway USING (
  kind NOT LIKE 'links%' AND kind <> 'restore_journal'
);
