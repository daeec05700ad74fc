"""The audit trail: what was done and seen, by whom and when; it can be added to, and not changed."""
