"""The dataset on the disk: what is written how, what is known, and SQL over it."""
