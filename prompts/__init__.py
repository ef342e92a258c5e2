"""Hold the words for the model, one Markdown file each, and their reader."""
