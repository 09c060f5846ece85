"""`python -m suixin.site.cli` is the command `suixin`."""

import sys

from suixin.site.cli import main

sys.exit(main())
