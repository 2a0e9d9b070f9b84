"""How people reach the advisor: command line, browser."""
