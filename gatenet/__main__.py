"""What `python -m gatenet` runs: the command line of `gatenet.cli`."""

import sys

from gatenet.cli import main

if __name__ == "__main__":
    sys.exit(main())
