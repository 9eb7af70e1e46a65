"""The protocol that authorised agents' software speaks with us: Data Rights Protocol 1.0."""
