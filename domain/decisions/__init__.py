"""Decisions: facts, state and policy in; events or a reasoned refusal out."""
