"""Programs that auditors run by themselves."""
