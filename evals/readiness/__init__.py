"""Readiness: how long an assessment takes, and whether its answers are right."""
