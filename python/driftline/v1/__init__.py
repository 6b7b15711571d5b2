"""The wire contract as protobuf messages and gRPC stubs, generated from ``proto/driftline/v1`` by ``make proto``."""
