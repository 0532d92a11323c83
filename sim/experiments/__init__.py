"""Many runs: designs, sweeps, comparison."""
