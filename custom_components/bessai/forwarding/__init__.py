"""Telemetry to the cloud: messages, the outbox that keeps them, who publishes them."""
