"""Compose the jobs: one Prefect flow each, and the command line."""
