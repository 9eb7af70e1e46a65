"""An authorised agent to try the protocol with; it knows the specification and nothing of ours."""
