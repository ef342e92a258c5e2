"""Keep the dataset: how it is written, and what is known about it."""
