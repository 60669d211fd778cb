"""The command line: `python -m gatenet`.

Each command is a module with `add_to(commands)`, which adds its options to the parser, and
`run(arguments)`, which gives an exit code: 0 when all is well, 1 when something is wrong with the
data or the machine, 2 (argparse's own) for a wrong command line, 130 after Ctrl-C.  What a command
needs is imported when it runs, so that the others start without it.
"""

from gatenet.cli.commandline import build_parser as build_parser
from gatenet.cli.commandline import main as main
from gatenet.cli.commandline import version as version

__all__ = ["build_parser", "main", "version"]
