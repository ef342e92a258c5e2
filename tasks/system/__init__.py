"""Deal with the machine: cancelling, children, work folders, object stores."""
