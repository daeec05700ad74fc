"""Papers that leave the office: letters, packages and notices, and the check that they pass first.

    Letter, BlindLetter, Package, Notice  ->  letter_paper, package_paper, notice_paper  ->  Paper
    Paper, withheld values  ->  checked_pdf  ->  PDF/A-2a, PDF/UA-1
    Package, withheld values  ->  checked_csv  ->  CSV

Promise: a paper is made from what may be said alone, and no original is ever redacted; plain data
in, bytes out, and no clock, no database and no record is asked.
"""
