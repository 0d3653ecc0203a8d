"""Benchmarks of our code beside plain implementations, in the same run."""
