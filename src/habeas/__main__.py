"""`python -m habeas`: the same as the `habeas` command."""

from habeas.cli import main

main()
