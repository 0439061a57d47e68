"""`python -m releasegate.cli`."""

import sys

from releasegate.cli import main

sys.exit(main())
