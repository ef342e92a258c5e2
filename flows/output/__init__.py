"""Face the terminal: sentences, tables and progress bars."""
