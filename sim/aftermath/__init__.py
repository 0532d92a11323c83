"""The months and years after the battle."""
