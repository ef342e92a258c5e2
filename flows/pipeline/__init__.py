"""Share among jobs what they have in common, from settings to the run."""
