"""The public log: bytes in, proofs out; it knows no law.

    entries  ->  Log  ->  tiles, checkpoint  ->  receipts;  receipt, Policy  ->  check_receipt
    folder or URL  ->  Reader, audit  ->  what holds, and which file does not

Promise: what was once acknowledged can be shown to be there, by anybody, without us.
"""
