"""`python -m byleave` is the `byleave` command."""

from byleave.command import main

main(prog_name="byleave")
