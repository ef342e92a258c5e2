"""A flow runs on this: Prefect, servers of our own, signals."""
