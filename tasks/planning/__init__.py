"""Plan what is asked about a recording, and what it costs: pure arithmetic."""
