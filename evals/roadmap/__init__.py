"""Twelve organisations with known flaws, and what their roadmaps must hold."""
