"""Write formats of subtitle files: one file each, and one row in registry.py."""
