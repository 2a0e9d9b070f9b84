"""Sizing against published cases."""
