"""Questions about the shipped guidance."""
