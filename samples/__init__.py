"""Programs and data to try the engine with; nothing of the engine depends on them."""
