"""The domain (nouns) and its Prefect tasks (verbs); see docs/architecture.md."""
