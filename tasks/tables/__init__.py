"""Define the dataset's tables, and turn records into their rows."""
