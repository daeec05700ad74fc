"""Proofs: what a law can never do, and what an amendment would change.

    RuleSet, Cases  ->  solve  ->  Case (replayed), Rests (proved), or nothing (not proved)

Promise: a case that is shown was decided by the real engine; what Z3 cannot settle is not proved.
"""
