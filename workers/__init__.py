"""The processes and the command line: settings, Temporal client, worker, embedded stack, demo."""
