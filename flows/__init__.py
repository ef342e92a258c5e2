"""The composition roots: one Prefect flow per job, and the command line."""
