"""Long attacks on a workspace, with figures: `python -m evals.campaigns NAME`. The tests run a sample of each."""
