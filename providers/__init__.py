"""Service providers: who they are, how each is directed, and what proves that it answered."""
