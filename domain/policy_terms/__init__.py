"""The sections of a policy revision, one module for each reason that a section would change."""
