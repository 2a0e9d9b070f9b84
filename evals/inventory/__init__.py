"""Does the inventory answer exactly? The set, its two organisations and its scores."""
