"""Timings, compared as ratios within one run. Never tests: machines are noisy."""
