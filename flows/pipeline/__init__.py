"""Jobs have this in common: settings, inputs, plans, segments, the run."""
