"""Formats of subtitle files: one file each, and one row each in registry.py."""
