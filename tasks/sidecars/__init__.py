"""Keep files next to recordings: names, owners, and how they are written."""
