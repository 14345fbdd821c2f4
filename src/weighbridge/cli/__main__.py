"""``python -m weighbridge.cli``: the same as the console script."""

from weighbridge.cli.app import main

main()
