"""Whether a reader is told anything that is above their clearance."""
