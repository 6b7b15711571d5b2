"""Settings of alerting: what is an alert, and who is told."""
