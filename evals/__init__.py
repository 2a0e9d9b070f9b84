"""Does it answer well? Question sets, measures, baselines, benchmarks."""
