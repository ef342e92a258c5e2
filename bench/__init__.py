"""Benchmarks: each one command, `python -m bench.<name>`, which prints what it measured beside the limits."""
