"""`python -m goldwire`."""

import sys

from goldwire.cli.main import main

sys.exit(main())
