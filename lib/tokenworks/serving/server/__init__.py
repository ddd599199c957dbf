"""An OpenAI-compatible server: continuous batching underneath, Starlette and uvicorn on top.

- `errors`: what a client is told when its request cannot be served
- `fields`, `protocol`: a JSON body, checked and understood
- `tokens`: the text, ids and log-probabilities that a step made, and how they add up
- `answers`: the objects that go back, whole or as stream chunks
- `worker`: one thread steps the engine; each HTTP request has a stream that never holds it up
- `prometheus`: metrics under vLLM's names
- `app`: the routes
- `running`: sockets, signals, graceful shutdown; `serving(...)` for notebooks and tests
"""
