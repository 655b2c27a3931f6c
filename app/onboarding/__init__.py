"""The first run: a few steps that can all be skipped, while the app already talks."""
