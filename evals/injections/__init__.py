"""Documents with planted attacks, asked about with a model that obeys them."""
