"""Hold the domain (nouns) and its Prefect tasks (verbs): docs/architecture.md."""
