"""Showcase.

Rules that decide while requests come: who gets a request, who is let in, how many replicas there
are, which replica is asked at all, and which pool gets how much. The first three are run: your
function is called at each moment of a small cluster, and the check looks at what came of it. A
replica there reads 1,000 tokens a second, and a step takes at least 50 ms.
"""

CHAPTER = "16-showcase"
MINUTES = 60
