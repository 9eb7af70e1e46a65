ALTER TABLE privacy.suppression DROP CONSTRAINT suppression_scope_check;
ALTER TABLE privacy.suppression ADD CONSTRAINT suppression_scope_check
  CHECK (scope IN ('deletion', 'sale_sharing', 'sensitive_data', 'marketing'));
