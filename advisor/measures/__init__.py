"""Named quantities over the inventory, and the reading of questions about them."""
