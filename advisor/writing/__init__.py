"""Writers turn evidence into a draft. The draft is not an answer until every line is verified."""
