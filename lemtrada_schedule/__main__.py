"""`python -m lemtrada_schedule` is the command line."""

import sys

from lemtrada_schedule.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
