"""A few hundred drawn requests; `benchmarks/fuzz_server.py` sends thousands to the real model."""

from scripted import Scripted, repeats

from benchmarks.fuzz_server import requests, run


def test_no_drawn_request_is_the_servers_own_mistake(site):
    here = site(Scripted(repeats(), blocks=256), limits={"max_body_bytes": 1 << 20})
    statuses, wrong = run(here.address, requests(seed=7, count=600))
    assert wrong == []
    assert {"200", "400", "404"} <= set(statuses)
    assert here.engine.scheduler.pool.free_blocks == here.engine.scheduler.pool.blocks


def test_the_same_seed_draws_the_same_requests():
    assert list(requests(3, 50)) == list(requests(3, 50))
    assert list(requests(3, 50)) != list(requests(4, 50))
