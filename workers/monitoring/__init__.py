"""What Prometheus and an orchestrator ask of a worker: figures, readiness, liveness."""
