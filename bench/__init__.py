"""Benchmarks (``make bench``): performance as ratios to a peer or a baseline measured in the same run."""
