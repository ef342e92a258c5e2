"""What a flow runs on: Prefect, servers of our own, signals."""
