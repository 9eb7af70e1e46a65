"""For intake systems: filing over HTTP, or starting the workflow with a sealed submission."""
