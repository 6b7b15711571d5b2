"""Datadog's agent, by DogStatsD."""
