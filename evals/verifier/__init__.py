"""Measures the verifier itself."""
