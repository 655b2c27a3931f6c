"""Thin adapters to macOS, each behind a Protocol with a twin for Linux; nothing here is imported early."""
