from dataclasses import dataclass
from itertools import islice

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.serving.routing import routed_to
from tokenworks.serving.cluster.routers import KVReported
from tokenworks.serving.request import Request


@dataclass(frozen=True)
class Place:
    number: int
    cached: int
    load: int
    block_size: int = 16
    blocks: int = 100

    def cached_blocks(self, request):
        return self.cached


def test_it_is_the_router_that_replicas_report_to():
    request = Request(prompt_tokens=100, max_tokens=1)
    for cached, loads, limit in (*routed_to.cases, *islice(drawn_cases(routed_to, "same"), 200)):
        places = [Place(i, *pair) for i, pair in enumerate(zip(cached, loads, strict=True))]
        found = KVReported(saturation=limit).route(request, places)
        assert routed_to(cached, loads, limit) == found.number
