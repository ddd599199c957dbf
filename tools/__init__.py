"""What builds the book and grades a class: `python -m tools.…` from the repository's root.

- `repository`: the address and the release, read from `_config.yml` alone
- `contents`, `minutes`: the order, numbers and links of the chapters; how long each takes
- `number_scan`: the numbers that a chapter states, and those that its cells computed
- `number_words`: quantities in words, such as half a second, which are numbers, too
- `notebook`: what every notebook shares: badge, bootstrap cell, cell ids, metadata, bytes
- `chapters`, `book`, `serve`: execute the chapters, build the site, serve it
- `page_python`, `page_compile`: what runs Python in a page: Pyodide, half of the package
- `offline`: the worker that keeps the site for reading offline
- `exercises`: the student notebooks, from the exercises in the package
- `classroom`: archives for Otter and Gradescope, a folder of submissions graded
- `grading`, `answers`: one submission: what judges it, and the process that runs it
- `site_weight`: what a reader downloads for each page
- `browser`: the Chromium of tests and benchmarks
- `release`: what a release carries, into dist/
"""
