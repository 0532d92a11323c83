"""The sections of a scenario, one declaration for each parameter."""
