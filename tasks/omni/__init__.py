"""Speak to a Qwen-Omni model over its OpenAI-compatible API."""
