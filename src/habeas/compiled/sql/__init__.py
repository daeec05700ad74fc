"""One rule set as SQL: the words of its terms for many subjects at once."""
