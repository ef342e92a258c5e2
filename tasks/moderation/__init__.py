"""Judge what was found by a policy, and keep what people decide about it."""
