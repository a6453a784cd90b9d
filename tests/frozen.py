"""The last module that is loaded by a process which others are forked from: they need not look at what it has loaded
when they look for garbage, nor copy it. That is two thirds of what it costs to start a service.
"""

import gc

gc.collect()
gc.freeze()
