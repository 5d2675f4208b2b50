"""Benchmarks: our pages against floors taken in the same run, on this machine's loopback only."""
