"""The channels: how each destination is told."""
