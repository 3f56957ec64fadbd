"""Tests of forwarding: messages, the outbox, who publishes them."""
