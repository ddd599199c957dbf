"""Metrics.

What one user waits for, what a server delivers, and what a careless log leaves out. All times are
seconds on one clock.
"""

CHAPTER = "06-metrics"
MINUTES = 70
