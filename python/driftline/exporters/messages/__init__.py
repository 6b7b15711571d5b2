"""Generated messages of Prometheus' protocols."""
