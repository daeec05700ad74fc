"""What `make bench` measures: one decision beside CEL and Cedar, a whole jail, reading the law.

    machine, one, peers, bulk, reading, exact  ->  report  ->  the terminal and RESULTS.md

Promise: every figure is a median and stands beside a figure of the same process; what a side was
spared, or cannot say, is said in words.
"""
