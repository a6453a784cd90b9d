"""What the tests need before anything is imported."""

import os
import sys

# Compiled modules are kept whatever the environment says: each worker and each process would compile them again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
