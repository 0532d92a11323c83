"""What really happened, and how a run scores against it."""
