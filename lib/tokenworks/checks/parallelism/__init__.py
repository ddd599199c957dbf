"""Parallelism.

What devices send each other when they share a model, what a pipeline wastes, what each device holds
of cache and experts, and where the parts of a model had best lie.
"""

CHAPTER = "12-parallelism"
MINUTES = 90
