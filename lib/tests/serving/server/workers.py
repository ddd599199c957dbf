"""A worker on an event loop of the test's own, and what its streams say."""

import asyncio

import loops

from tokenworks.serving.server.prometheus import Metrics
from tokenworks.serving.server.worker import Worker


def run(engine, scenario, *, max_waiting=4):
    """Run a scenario with a worker and the list of requests that have ended."""

    async def whole():
        ended, warm = [], asyncio.Event()
        worker = Worker(
            engine,
            max_waiting=max_waiting,
            metrics=Metrics("scripted"),
            on_finish=ended.append,
            on_change=lambda _: warm.set(),
        )
        worker.start()
        await warm.wait()
        try:
            return await scenario(worker, ended)
        finally:
            if engine.gate is not None:
                engine.gate.release(1000)
            worker.stop()

    return loops.run(whole())


async def read(stream):
    texts = {}
    async for deltas in stream:
        for choice, delta in deltas.items():
            texts[choice] = texts.get(choice, "") + delta.text
    return texts
