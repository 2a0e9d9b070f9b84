"""One module a feed format; `advisor.inventory.detection` chooses among them."""
