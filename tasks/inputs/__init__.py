"""Find the inputs of a run, read manifests, and know what has changed."""
