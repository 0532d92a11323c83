"""Maps and charts of a run, drawn from its folder."""
