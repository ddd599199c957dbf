"""An OpenAI-compatible server: continuous batching underneath, Starlette and uvicorn on top.

- `errors`: what a client is told when its request cannot be served
- `limits`: what one client may ask for, and how long it may keep the server waiting
- `listener`, `connection`, `bodies`: sockets, headers and bodies, each within those limits
- `fields`, `schema`, `prompts`, `protocol`: a JSON body, checked by one table and understood
- `tokens`: what a step made of a sequence, and how several steps add up
- `stream`: where that waits, merged, until the client takes it; `answers`: the objects it becomes
- `worker`: one thread steps the engine, requests join and leave between two steps
- `prometheus`: metrics under vLLM's names
- `forms`, `tools`, `calls`: JSON by a schema, tools, and their calls in an answer
- `admission`, `api`: who is let in, and what the routes share
- `doorkeeper`: the name of each request, the log, keys
- `completions`, `tokenizing`, `app`: the routes
- `service`: start, signals, graceful shutdown; `local_server(engine)` for notebooks and tests
"""
