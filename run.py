"""Front door: hands over to the command line of the package beside it."""

from __future__ import annotations

import sys

INTERRUPTED = 130

if __name__ == "__main__":
    try:
        from sim.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before the command line could hear it
        sys.exit(INTERRUPTED)
