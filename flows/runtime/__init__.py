"""Run flows: Prefect, servers of our own, signals."""
