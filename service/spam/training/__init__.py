"""Training of the shipped prior. The only code that needs numpy."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Before numpy is loaded: sums of several threads depend on how they were shared out, and took four times as long."""
