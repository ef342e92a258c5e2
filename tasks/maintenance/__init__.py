"""Keeping a dataset in shape: merging small files, reading kept answers anew."""
