"""One rule set, compiled: to Python, and to decision diagrams of what is unknown."""
