"""Runs `releasegate` as another login of this machine: `python as_login.py ben confirm 2026-07 …`. For the demo only.

On the command line you are who you are logged in as. One account must play three people here, and so it says that it is another one.
That it can is no secret: whoever can run Python beside the store can be anybody (SECURITY.md says how to place the store apart).
"""

import sys
from unittest.mock import patch

from releasegate.cli import main

if __name__ == "__main__":
    with patch("releasegate.cli.login.os_login", return_value=sys.argv[1]):
        sys.exit(main(sys.argv[2:]))
