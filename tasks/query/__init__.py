"""Reading a dataset: SQL, the data dictionary, what may be asked again."""
