"""Decisions: the law of a place applied to requests and people, explained and tested."""
