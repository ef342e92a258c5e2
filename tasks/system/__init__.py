"""The machine: stopping, child processes, work folders, object stores, dates."""
