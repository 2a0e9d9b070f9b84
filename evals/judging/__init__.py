"""Language models as judges, apart from what is measured: what they say, and where they differ from it."""
