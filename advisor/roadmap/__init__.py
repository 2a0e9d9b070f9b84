"""A roadmap built from findings: initiatives, a schedule that holds the limits, and sections in which every sentence
cites its evidence."""
