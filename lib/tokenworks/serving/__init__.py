"""Many requests at once: one scheduler, driven by a clock or by the model.

- `request`, `policy`, `batch`, `outcome`, `waiting`, `turns`: who wants to run, by which rules
- `scheduler`, `scheduler_state`, `iteration_level`, `request_level`: what runs in the next step
- `block_pool`, `kv_memory`, `sharing`: the cache in blocks, and prefixes that are shared
- `contiguous`, `waste`, `kv_occupancy`, `memory_map`: one piece a sequence, and what it loses
- `lengths`, `arrivals`, `closed_system`: loads; `metrics`: what a user feels
- `request_log`: goodput and cost per accepted result, of a log
- `tail_by_batch`: the slow end of times at each batch
- `driver`, `simulator`: the loop over time, and the clock that needs no model
- `drafted_clock`: that clock for steps that check guesses
- `engine`, `engine_sizes`, `model_runner`, `beam`: the same with the model
- `sampling_params`, `text_requests`, `prompt_scores`: what is asked of it
- `drafting`, `drafted_runs`: speculation in it, what is guessed and what stands
- `buckets`, `step_rows`, `ragged`, `kv_pages`: a step as arrays, in JAX
- `cluster`: many replicas behind a router, with the same scheduler
- `server`, `client`: OpenAI's HTTP interface, and who asks it
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.percentiles import histogram_percentile as histogram_percentile
    from tokenworks.percentiles import percentile as percentile
    from tokenworks.percentiles import rank_interval as rank_interval
    from tokenworks.percentiles import samples_to_exceed as samples_to_exceed
    from tokenworks.serving.arrivals import bursty as bursty
    from tokenworks.serving.arrivals import poisson as poisson
    from tokenworks.serving.arrivals import trace as trace
    from tokenworks.serving.beam import beam_search as beam_search
    from tokenworks.serving.block_pool import BlockPool as BlockPool
    from tokenworks.serving.client import stream_chat as stream_chat
    from tokenworks.serving.client import stream_chats as stream_chats
    from tokenworks.serving.closed_system import closed_loop as closed_loop
    from tokenworks.serving.cluster.autoscaler import Autoscaler as Autoscaler
    from tokenworks.serving.cluster.cluster_run import ClusterRun as ClusterRun
    from tokenworks.serving.cluster.conversation_load import Conversations as Conversations
    from tokenworks.serving.cluster.conversation_load import conversations as conversations
    from tokenworks.serving.cluster.failures import Failure as Failure
    from tokenworks.serving.cluster.failures import random_failures as random_failures
    from tokenworks.serving.cluster.pools import Disaggregated as Disaggregated
    from tokenworks.serving.cluster.pools import ReplicaPool as ReplicaPool
    from tokenworks.serving.cluster.ports import link_wire as link_wire
    from tokenworks.serving.cluster.ports import wire as wire
    from tokenworks.serving.cluster.radix_tree import RadixTree as RadixTree
    from tokenworks.serving.cluster.replica_config import ReplicaConfig as ReplicaConfig
    from tokenworks.serving.cluster.routers import ROUTERS as ROUTERS
    from tokenworks.serving.cluster.routing_case import RoutedCase as RoutedCase
    from tokenworks.serving.cluster.routing_case import (
        published_routing_case as published_routing_case,
    )
    from tokenworks.serving.cluster.simulation import simulate_cluster as simulate_cluster
    from tokenworks.serving.cluster.tiers import Tier as Tier
    from tokenworks.serving.cluster.tiers import host_tiers as host_tiers
    from tokenworks.serving.contiguous import Buddy as Buddy
    from tokenworks.serving.contiguous import FirstFit as FirstFit
    from tokenworks.serving.contiguous import reserve_exact as reserve_exact
    from tokenworks.serving.contiguous import reserve_most as reserve_most
    from tokenworks.serving.contiguous import reserve_power_of_two as reserve_power_of_two
    from tokenworks.serving.driver import Run as Run
    from tokenworks.serving.driver import drive as drive
    from tokenworks.serving.driver import serve as serve
    from tokenworks.serving.engine import Engine as Engine
    from tokenworks.serving.kv_memory import KVMemory as KVMemory
    from tokenworks.serving.kv_occupancy import Occupancy as Occupancy
    from tokenworks.serving.kv_occupancy import count_that_fit as count_that_fit
    from tokenworks.serving.kv_occupancy import occupancy as occupancy
    from tokenworks.serving.lengths import Lengths as Lengths
    from tokenworks.serving.lengths import Samples as Samples
    from tokenworks.serving.lengths import fixed as fixed
    from tokenworks.serving.lengths import geometric as geometric
    from tokenworks.serving.lengths import lognormal as lognormal
    from tokenworks.serving.lengths import uniform as uniform
    from tokenworks.serving.lengths import weighted as weighted
    from tokenworks.serving.memory_map import map_at as map_at
    from tokenworks.serving.metrics import Slo as Slo
    from tokenworks.serving.metrics import all_tpot as all_tpot
    from tokenworks.serving.metrics import attainment as attainment
    from tokenworks.serving.metrics import e2el_seconds as e2el_seconds
    from tokenworks.serving.metrics import finished as finished
    from tokenworks.serving.metrics import goodput_per_s as goodput_per_s
    from tokenworks.serving.metrics import itl_seconds as itl_seconds
    from tokenworks.serving.metrics import knee as knee
    from tokenworks.serving.metrics import mean_in_system as mean_in_system
    from tokenworks.serving.metrics import pooled_itl as pooled_itl
    from tokenworks.serving.metrics import queue_seconds as queue_seconds
    from tokenworks.serving.metrics import summary as summary
    from tokenworks.serving.metrics import throughput as throughput
    from tokenworks.serving.metrics import tpot_seconds as tpot_seconds
    from tokenworks.serving.metrics import ttft_seconds as ttft_seconds
    from tokenworks.serving.policy import Policy as Policy
    from tokenworks.serving.request import Request as Request
    from tokenworks.serving.request_log import Account as Account
    from tokenworks.serving.request_log import LoggedRequest as LoggedRequest
    from tokenworks.serving.request_log import account as account
    from tokenworks.serving.request_log import operating_point as operating_point
    from tokenworks.serving.request_log import read_log as read_log
    from tokenworks.serving.sampling_params import SamplingParams as SamplingParams
    from tokenworks.serving.scheduler import QueueFull as QueueFull
    from tokenworks.serving.scheduler import Scheduler as Scheduler
    from tokenworks.serving.server.service import local_server as local_server
    from tokenworks.serving.simulator import simulate as simulate
    from tokenworks.serving.tail_by_batch import TailPoint as TailPoint
    from tokenworks.serving.tail_by_batch import tails_by_batch as tails_by_batch
    from tokenworks.serving.text_requests import TextRequest as TextRequest
    from tokenworks.serving.text_requests import text_request as text_request
    from tokenworks.serving.waste import Contiguous as Contiguous
    from tokenworks.serving.waste import Paged as Paged
    from tokenworks.serving.waste import rival_memories as rival_memories
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
