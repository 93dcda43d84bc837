"""`python -m smsc.cli`: the same as `smsc`, for a child that is started by module."""

from smsc.cli import main

main()
