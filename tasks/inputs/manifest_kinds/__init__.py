"""Read each kind of manifest, one kind a file."""
