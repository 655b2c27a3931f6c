"""Figures, each printed with its machine: ``python -m benchmarks.NAME [--json]``."""
