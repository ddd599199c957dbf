"""The engine takes turns as the simulator does: it is the same scheduler."""

from tokenworks.model import GREEDY
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.serving.text_requests import TextRequest

ASKED = [("a", 5, 4), ("a", 5, 9), ("a", 3, 4), ("b", 9, 2), ("c", 2, 2), ("b", 4, 4), ("c", 3, 8)]


def started(requests):
    """Return who was let in, in this order."""
    return [r.id for r in sorted(requests, key=lambda request: request.scheduled_seconds)]


def test_the_engine_lets_clients_in_as_the_simulator_does(tiny):
    policy = Policy(max_batch=1, max_batch_tokens=16, order="fair")
    planned = [
        Request(id=str(i), client=client, prompt_tokens=prompt, max_tokens=answer)
        for i, (client, prompt, answer) in enumerate(ASKED)
    ]
    simulate(Scheduler(policy, BlockPool(40, 4)), planned, lambda load: 1.0)
    engine = Engine(tiny, policy, blocks=40, block_size=4, context_tokens=32)
    real = [
        TextRequest(
            id=str(i),
            client=client,
            prompt_ids=range(5, 5 + prompt),
            max_tokens=answer,
            sampling=GREEDY,
            ignore_eos=True,
        )
        for i, (client, prompt, answer) in enumerate(ASKED)
    ]
    engine.serve(real)
    assert started(real) == started(planned)
    assert started(real)[:3] == ["0", "3", "4"]  # one of each client first
    assert started(real) != [str(i) for i in range(len(ASKED))]
