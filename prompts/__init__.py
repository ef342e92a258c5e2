"""The words for the model, one Markdown file each, and the reader that loads them."""
