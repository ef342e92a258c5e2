"""The command line: what each command does beside its flow, and how it is shown."""
