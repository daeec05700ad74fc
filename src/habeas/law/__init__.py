"""The law: packs, the vocabulary and the tables of law, read and checked."""
