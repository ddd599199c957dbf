"""Production serving.

What a cache of prefixes finds, how large a chunk may be, how long a cache is on its way, when
fetching it beats reading again, who gets a request, and how many servers users and requests take.
All sizes are in bytes unless the text says otherwise, all times in seconds.
"""

CHAPTER = "13-serving"
MINUTES = 60
