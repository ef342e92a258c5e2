"""Keep subtitle files next to recordings: their names, whose they are, and how they are written."""
