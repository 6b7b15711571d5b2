"""OpenTelemetry's protocol (OTLP), built on its protobuf messages."""
