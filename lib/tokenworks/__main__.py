"""`python -m tokenworks` is the command line."""

import sys

from tokenworks.cli import main

sys.exit(main())
