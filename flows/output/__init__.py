"""The terminal: words, tables and progress bars."""
