"""What a claim and its evidence say, compared: figures, names, polarity, support."""
