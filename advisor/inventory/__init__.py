"""The organisation's own estate: typed records from feeds, kept in tables, each cell traceable."""
