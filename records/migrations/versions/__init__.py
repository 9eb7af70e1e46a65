"""One module per migration, each running its file of SQL; a released one never changes."""
