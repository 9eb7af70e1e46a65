"""The embedded stack: every part of an installation as a child process on loopback."""
