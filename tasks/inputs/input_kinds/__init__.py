"""Add what each kind of argument means to a search, one kind a file."""
