"""The doors for authorised agents' software: Data Rights Protocol 1.0 as Covered Business."""
