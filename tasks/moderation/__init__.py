"""Moderation: what was found, what a policy makes of it, and what people decide about it."""
