"""One thin step each: a workflow asks, the step does the side effect and answers without names."""
