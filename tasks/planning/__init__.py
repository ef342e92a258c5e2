"""What will be asked about a recording, and what it will cost: pure arithmetic over records and facts."""
