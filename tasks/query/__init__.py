"""Read a dataset: by SQL, by its dictionary, by what may be asked again."""
