"""How fast it is, how much memory it holds, and how it is measured: ``make bench``."""
