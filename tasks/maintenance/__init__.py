"""Keep a dataset in shape: merge small files, read kept answers anew."""
