"""People at the real doors of a running stack: for demonstrations, tests and fault runs."""
