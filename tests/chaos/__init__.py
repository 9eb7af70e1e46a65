"""The fault suite: many requests, while everything around them is killed, cut off and slowed."""
