"""Health checks and metrics, for the operator."""
