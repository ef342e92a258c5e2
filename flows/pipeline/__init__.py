"""What jobs have in common: settings resolved, inputs planned, segments asked, a run concluded."""
