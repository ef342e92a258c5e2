"""The dataset's tables: their columns, and the pure functions that turn records into rows."""
