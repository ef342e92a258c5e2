"""Run the commands, and show what they come to."""
