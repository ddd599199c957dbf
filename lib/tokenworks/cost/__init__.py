"""What inference costs: bytes, floors of time, and dollars. Arithmetic only: no JAX, no NumPy.

- `parameters`, `memory`, `memory_budget`: weights and KV cache, and what fits on how many chips
- `deployment`, `arithmetic`: a model on chips, in formats, and what those are multiplied in
- `step_time`, `attention_flops`, `mixed_step`: prefill, decode, and a step that holds both
- `floor_shares`: one user's measured rate beside its floor and the expected one
- `kernels`, `kernel_constants`: one kernel's floor and expected time, and the fitted constants
- `serving_plan`, `checkpoints`: a model as a server runs it, each part in its own format
- `kernel_calls`, `layer_kernels`, `step_kernels`: a step as the sum of its kernels
- `expected`, `hosts`, `ladder`: what users see under load, and its error rung by rung
- `scheduled_step`: the same kernels for each step that a scheduler makes
- `speculation`, `speculation_batch`, `speculation_memory`: what guessing ahead gains and takes
- `eagle_kernels`: a guess of a draft that is one layer more
- `roofline`, `operations`: arithmetic for each byte, and what a chip makes of it
- `topology`, `chip_links`, `collectives`: how chips are joined, and what they send each other
- `all_reduce_ways`, `alpha_beta`, `all_reduce_fits`: ways to all-reduce, and timed ones as lines
- `expert_routing`, `expert_dispatch`, `expert_times`: experts touched, tokens sent, layers timed
- `exchange_times`, `tensor_limits`: what a step's messages take, and where they begin to decide
- `pipeline`, `hybrid`, `slice_steps`: stages at work, ways to split one model, a step on a slice
- `copies`: chips as copies of a model, or as groups that hold it together
- `layouts`, `expected_layouts`: any mix of tensor, pipeline, expert and data parallel devices
- `slice_memory`, `slice_limits`, `slice_loads`, `interference`: what a slice holds, where its links
  decide, and steps that read prompts too
- `frontier`, `sensitivity`, `slice_decision`: ways to serve on slices, and which of them to take
- `token_rent`, `fleet`: what tokens cost on a slice, and the slices for a rate of requests
- `product_times`: matrix products that were timed, beside their floors; narrow ones beside bf16
- `attention_call`, `attention`, `attention_backward`, `tiles`: what one attention moves and holds
- `prompt_attention`: its share of a prompt
- `stages`: the six stages of a request
- `exchanges`, `parallel_traffic`: what devices exchange in one step, as a list, by formula
- `queueing`, `dollars`, `price_basis`: waiting, paying, and comparing prices on one basis
- `prompt_caching`: when a cached prefix pays, by calls, hits and storage
- `accepted_results`, `deployment_rent`: an accepted result's cost, tokens' rent on any chips
- `batch_zones`: what a larger batch does to a token's price and time
- `expert_limits`, `disaggregation`: what limits spread experts, six gates to pools of their own
- `cache_locality`: how often requests find their prefix, by how they are routed
- `buy_or_api`: chips of one's own, rented ones, and a seller of tokens, per result
- `rate_readings`: what a printed rate may count
- `domain`: what the formulas refuse
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.cost.accepted_results import AcceptedCost as AcceptedCost
    from tokenworks.cost.accepted_results import Attempt as Attempt
    from tokenworks.cost.accepted_results import RentedTokens as RentedTokens
    from tokenworks.cost.accepted_results import TokenRates as TokenRates
    from tokenworks.cost.accepted_results import accepted_cost as accepted_cost
    from tokenworks.cost.accepted_results import attempt_cost as attempt_cost
    from tokenworks.cost.accepted_results import listed_rates as listed_rates
    from tokenworks.cost.accepted_results import rent_rates as rent_rates
    from tokenworks.cost.all_reduce_fits import AllReduceFit as AllReduceFit
    from tokenworks.cost.all_reduce_fits import fit_all_reduce as fit_all_reduce
    from tokenworks.cost.all_reduce_fits import latency_by_steps as latency_by_steps
    from tokenworks.cost.all_reduce_ways import Way as Way
    from tokenworks.cost.all_reduce_ways import all_reduce_way as all_reduce_way
    from tokenworks.cost.all_reduce_ways import two_shot_from_bytes as two_shot_from_bytes
    from tokenworks.cost.all_reduce_ways import way_seconds as way_seconds
    from tokenworks.cost.alpha_beta import (
        expected_all_reduce_seconds as expected_all_reduce_seconds,
    )
    from tokenworks.cost.attention import flash_traffic as flash_traffic
    from tokenworks.cost.attention import naive_traffic as naive_traffic
    from tokenworks.cost.attention import paged_traffic as paged_traffic
    from tokenworks.cost.attention import split_traffic as split_traffic
    from tokenworks.cost.attention_backward import flash_backward_traffic as flash_backward_traffic
    from tokenworks.cost.attention_backward import naive_backward_traffic as naive_backward_traffic
    from tokenworks.cost.attention_call import AttentionCall as AttentionCall
    from tokenworks.cost.attention_call import Tiles as Tiles
    from tokenworks.cost.attention_call import Traffic as Traffic
    from tokenworks.cost.attention_call import call_of as call_of
    from tokenworks.cost.attention_call import score_passes as score_passes
    from tokenworks.cost.attention_flops import (
        attention_flops_per_token as attention_flops_per_token,
    )
    from tokenworks.cost.batch_zones import ZONES as ZONES
    from tokenworks.cost.batch_zones import BatchPoint as BatchPoint
    from tokenworks.cost.batch_zones import Crossing as Crossing
    from tokenworks.cost.batch_zones import batch_curve as batch_curve
    from tokenworks.cost.batch_zones import hours_to_reach as hours_to_reach
    from tokenworks.cost.batch_zones import largest_within as largest_within
    from tokenworks.cost.batch_zones import (
        least_floor_usd_per_million as least_floor_usd_per_million,
    )
    from tokenworks.cost.batch_zones import slo_crossing as slo_crossing
    from tokenworks.cost.batch_zones import zone_of as zone_of
    from tokenworks.cost.batch_zones import zone_starts as zone_starts
    from tokenworks.cost.buy_or_api import OwnedHour as OwnedHour
    from tokenworks.cost.buy_or_api import OwnOrApi as OwnOrApi
    from tokenworks.cost.buy_or_api import owned_hour as owned_hour
    from tokenworks.cost.buy_or_api import paid_back_hours as paid_back_hours
    from tokenworks.cost.cache_locality import ROUTING_POLICIES as ROUTING_POLICIES
    from tokenworks.cost.cache_locality import PrefixTraffic as PrefixTraffic
    from tokenworks.cost.cache_locality import Routed as Routed
    from tokenworks.cost.cache_locality import busiest_ratio as busiest_ratio
    from tokenworks.cost.cache_locality import first_visits_hit_share as first_visits_hit_share
    from tokenworks.cost.cache_locality import history_found as history_found
    from tokenworks.cost.cache_locality import hits_anywhere as hits_anywhere
    from tokenworks.cost.cache_locality import hits_at_home as hits_at_home
    from tokenworks.cost.cache_locality import kept_seconds as kept_seconds
    from tokenworks.cost.cache_locality import routed as routed
    from tokenworks.cost.checkpoints import checkpoint as checkpoint
    from tokenworks.cost.checkpoints import engine_plan as engine_plan
    from tokenworks.cost.checkpoints import served_plan as served_plan
    from tokenworks.cost.chip_links import Link as Link
    from tokenworks.cost.chip_links import link as link
    from tokenworks.cost.chip_links import link_of as link_of
    from tokenworks.cost.chip_links import links as links
    from tokenworks.cost.chip_links import network as network
    from tokenworks.cost.chip_links import slice_torus as slice_torus
    from tokenworks.cost.collectives import all_gather_seconds as all_gather_seconds
    from tokenworks.cost.collectives import all_reduce_seconds as all_reduce_seconds
    from tokenworks.cost.collectives import all_to_all_seconds as all_to_all_seconds
    from tokenworks.cost.collectives import reduce_scatter_seconds as reduce_scatter_seconds
    from tokenworks.cost.collectives import send_seconds as send_seconds
    from tokenworks.cost.collectives import sent_bytes as sent_bytes
    from tokenworks.cost.collectives import (
        two_level_all_reduce_seconds as two_level_all_reduce_seconds,
    )
    from tokenworks.cost.copies import Groups as Groups
    from tokenworks.cost.copies import tokens_of_groups as tokens_of_groups
    from tokenworks.cost.deployment import Deployment as Deployment
    from tokenworks.cost.deployment_rent import DeploymentRent as DeploymentRent
    from tokenworks.cost.deployment_rent import rent_on_chips as rent_on_chips
    from tokenworks.cost.disaggregation import Gate as Gate
    from tokenworks.cost.disaggregation import GateBounds as GateBounds
    from tokenworks.cost.disaggregation import PhaseLoad as PhaseLoad
    from tokenworks.cost.disaggregation import Readiness as Readiness
    from tokenworks.cost.disaggregation import needed_bytes_per_s as needed_bytes_per_s
    from tokenworks.cost.disaggregation import phase_load as phase_load
    from tokenworks.cost.disaggregation import readiness as readiness
    from tokenworks.cost.dollars import break_even_tokens as break_even_tokens
    from tokenworks.cost.dollars import electricity_usd as electricity_usd
    from tokenworks.cost.dollars import listed_usd as listed_usd
    from tokenworks.cost.dollars import request_usd as request_usd
    from tokenworks.cost.dollars import training_usd as training_usd
    from tokenworks.cost.dollars import usd_per_million_tokens as usd_per_million_tokens
    from tokenworks.cost.dollars import usd_per_token as usd_per_token
    from tokenworks.cost.dollars import usd_range as usd_range
    from tokenworks.cost.eagle_kernels import eagle_step as eagle_step
    from tokenworks.cost.exchange_times import exchange_seconds as exchange_seconds
    from tokenworks.cost.exchanges import Exchange as Exchange
    from tokenworks.cost.exchanges import exchanged_bytes as exchanged_bytes
    from tokenworks.cost.expected import Host as Host
    from tokenworks.cost.expected import Requests as Requests
    from tokenworks.cost.expected import Served as Served
    from tokenworks.cost.expected import cache_capacity as cache_capacity
    from tokenworks.cost.expected import expected_seconds as expected_seconds
    from tokenworks.cost.expected import served as served
    from tokenworks.cost.expected_layouts import expected_layout as expected_layout
    from tokenworks.cost.expert_dispatch import DispatchTime as DispatchTime
    from tokenworks.cost.expert_dispatch import dispatch_bytes as dispatch_bytes
    from tokenworks.cost.expert_dispatch import dispatch_seconds as dispatch_seconds
    from tokenworks.cost.expert_dispatch import dispatch_times as dispatch_times
    from tokenworks.cost.expert_limits import ExpertLimits as ExpertLimits
    from tokenworks.cost.expert_limits import limits_of_experts as limits_of_experts
    from tokenworks.cost.expert_routing import capacity as capacity
    from tokenworks.cost.expert_routing import device_loads as device_loads
    from tokenworks.cost.expert_routing import dropped_share as dropped_share
    from tokenworks.cost.expert_routing import expected_experts as expected_experts
    from tokenworks.cost.expert_routing import expert_shares as expert_shares
    from tokenworks.cost.expert_routing import imbalance as imbalance
    from tokenworks.cost.expert_routing import loads as loads
    from tokenworks.cost.expert_routing import route as route
    from tokenworks.cost.expert_routing import routed_weight_bytes as routed_weight_bytes
    from tokenworks.cost.expert_times import TimedExperts as TimedExperts
    from tokenworks.cost.expert_times import timed_experts as timed_experts
    from tokenworks.cost.fleet import Fleet as Fleet
    from tokenworks.cost.fleet import fleet_for as fleet_for
    from tokenworks.cost.floor_shares import expected_tokens_per_s as expected_tokens_per_s
    from tokenworks.cost.floor_shares import floor_tokens_per_s as floor_tokens_per_s
    from tokenworks.cost.floor_shares import measured_share as measured_share
    from tokenworks.cost.frontier import Option as Option
    from tokenworks.cost.frontier import best_options as best_options
    from tokenworks.cost.frontier import option as option
    from tokenworks.cost.frontier import pareto as pareto
    from tokenworks.cost.frontier import slice_options as slice_options
    from tokenworks.cost.hosts import host_fits as host_fits
    from tokenworks.cost.hybrid import Split as Split
    from tokenworks.cost.hybrid import SplitCost as SplitCost
    from tokenworks.cost.hybrid import split_cost as split_cost
    from tokenworks.cost.interference import Interference as Interference
    from tokenworks.cost.interference import prompt_beside as prompt_beside
    from tokenworks.cost.kernel_constants import Constants as Constants
    from tokenworks.cost.kernel_constants import kernel_card as kernel_card
    from tokenworks.cost.kernel_constants import kernel_fits as kernel_fits
    from tokenworks.cost.ladder import RUNGS as RUNGS
    from tokenworks.cost.layouts import LayoutCost as LayoutCost
    from tokenworks.cost.layouts import layout_cost as layout_cost
    from tokenworks.cost.layouts import layout_name as layout_name
    from tokenworks.cost.memory import activation_bytes as activation_bytes
    from tokenworks.cost.memory import checkpoint_bytes as checkpoint_bytes
    from tokenworks.cost.memory import kv_bytes as kv_bytes
    from tokenworks.cost.memory import kv_bytes_per_chip as kv_bytes_per_chip
    from tokenworks.cost.memory import kv_bytes_per_token as kv_bytes_per_token
    from tokenworks.cost.memory import min_chips as min_chips
    from tokenworks.cost.memory import score_bytes as score_bytes
    from tokenworks.cost.memory import slice_chips as slice_chips
    from tokenworks.cost.memory import step_weight_bytes as step_weight_bytes
    from tokenworks.cost.memory import weight_bytes as weight_bytes
    from tokenworks.cost.memory_budget import Budget as Budget
    from tokenworks.cost.memory_budget import budget as budget
    from tokenworks.cost.memory_budget import fit_chips as fit_chips
    from tokenworks.cost.memory_budget import fit_slice as fit_slice
    from tokenworks.cost.memory_budget import max_batch as max_batch
    from tokenworks.cost.memory_budget import max_context as max_context
    from tokenworks.cost.mixed_step import Load as Load
    from tokenworks.cost.mixed_step import decode_load as decode_load
    from tokenworks.cost.mixed_step import mixed_step_seconds as mixed_step_seconds
    from tokenworks.cost.mixed_step import step_clock as step_clock
    from tokenworks.cost.parallel_traffic import Layout as Layout
    from tokenworks.cost.parallel_traffic import decode_traffic as decode_traffic
    from tokenworks.cost.parallel_traffic import expert_traffic as expert_traffic
    from tokenworks.cost.parallel_traffic import forward_traffic as forward_traffic
    from tokenworks.cost.parallel_traffic import pipeline_traffic as pipeline_traffic
    from tokenworks.cost.parallel_traffic import tensor_traffic as tensor_traffic
    from tokenworks.cost.parameters import active_parameter_count as active_parameter_count
    from tokenworks.cost.parameters import expert_parameter_count as expert_parameter_count
    from tokenworks.cost.parameters import layer_parameter_count as layer_parameter_count
    from tokenworks.cost.parameters import matmul_parameter_count as matmul_parameter_count
    from tokenworks.cost.parameters import parameter_count as parameter_count
    from tokenworks.cost.parameters import read_parameter_count as read_parameter_count
    from tokenworks.cost.pipeline import Turn as Turn
    from tokenworks.cost.pipeline import bubble_share as bubble_share
    from tokenworks.cost.pipeline import decode_bubble_share as decode_bubble_share
    from tokenworks.cost.pipeline import idle_share as idle_share
    from tokenworks.cost.pipeline import pipeline_schedule as pipeline_schedule
    from tokenworks.cost.price_basis import Advantage as Advantage
    from tokenworks.cost.price_basis import advantage as advantage
    from tokenworks.cost.price_basis import basis as basis
    from tokenworks.cost.price_basis import offers as offers
    from tokenworks.cost.price_basis import per_usd as per_usd
    from tokenworks.cost.product_times import SpeedOverBf16 as SpeedOverBf16
    from tokenworks.cost.product_times import TimedProduct as TimedProduct
    from tokenworks.cost.product_times import speeds_over_bf16 as speeds_over_bf16
    from tokenworks.cost.product_times import timed_product as timed_product
    from tokenworks.cost.product_times import timed_products as timed_products
    from tokenworks.cost.product_times import typical_share as typical_share
    from tokenworks.cost.prompt_attention import PromptFloors as PromptFloors
    from tokenworks.cost.prompt_attention import prompt_floors as prompt_floors
    from tokenworks.cost.prompt_caching import CachingBill as CachingBill
    from tokenworks.cost.prompt_caching import break_even_calls as break_even_calls
    from tokenworks.cost.prompt_caching import break_even_calls_per_s as break_even_calls_per_s
    from tokenworks.cost.prompt_caching import break_even_hit_share as break_even_hit_share
    from tokenworks.cost.prompt_caching import cached_calls_cost as cached_calls_cost
    from tokenworks.cost.prompt_caching import caching_bill as caching_bill
    from tokenworks.cost.prompt_caching import hit_share as hit_share
    from tokenworks.cost.prompt_caching import measured_hit_share as measured_hit_share
    from tokenworks.cost.prompt_caching import paying_calls as paying_calls
    from tokenworks.cost.prompt_caching import prefix_cost as prefix_cost
    from tokenworks.cost.prompt_caching import rent_calls_per_hour as rent_calls_per_hour
    from tokenworks.cost.queueing import geometric_cv as geometric_cv
    from tokenworks.cost.queueing import md1_wait_seconds as md1_wait_seconds
    from tokenworks.cost.queueing import mdc_wait_seconds as mdc_wait_seconds
    from tokenworks.cost.queueing import mean_inside as mean_inside
    from tokenworks.cost.queueing import mg1_wait_seconds as mg1_wait_seconds
    from tokenworks.cost.queueing import mm1_wait_seconds as mm1_wait_seconds
    from tokenworks.cost.queueing import utilisation as utilisation
    from tokenworks.cost.rate_readings import Reading as Reading
    from tokenworks.cost.rate_readings import read_rate as read_rate
    from tokenworks.cost.roofline import Operation as Operation
    from tokenworks.cost.roofline import attainable_flops_per_s as attainable_flops_per_s
    from tokenworks.cost.roofline import attention_operation as attention_operation
    from tokenworks.cost.roofline import critical_batch as critical_batch
    from tokenworks.cost.roofline import critical_batch_at as critical_batch_at
    from tokenworks.cost.roofline import decode_attention_operation as decode_attention_operation
    from tokenworks.cost.roofline import decode_intensity_limit as decode_intensity_limit
    from tokenworks.cost.roofline import decode_operation as decode_operation
    from tokenworks.cost.roofline import matmul_operation as matmul_operation
    from tokenworks.cost.roofline import operation_seconds as operation_seconds
    from tokenworks.cost.roofline import prefill_operation as prefill_operation
    from tokenworks.cost.roofline import regime as regime
    from tokenworks.cost.roofline import ridge_intensity as ridge_intensity
    from tokenworks.cost.scheduled_step import expected_clock as expected_clock
    from tokenworks.cost.scheduled_step import load_step as load_step
    from tokenworks.cost.sensitivity import Lever as Lever
    from tokenworks.cost.sensitivity import filled_option as filled_option
    from tokenworks.cost.sensitivity import levers_of as levers_of
    from tokenworks.cost.serving_plan import ServingPlan as ServingPlan
    from tokenworks.cost.slice_decision import Decision as Decision
    from tokenworks.cost.slice_decision import decide_slices as decide_slices
    from tokenworks.cost.slice_limits import link_limit_chips as link_limit_chips
    from tokenworks.cost.slice_loads import prompt_load as prompt_load
    from tokenworks.cost.slice_loads import slice_load as slice_load
    from tokenworks.cost.slice_loads import slice_prompt as slice_prompt
    from tokenworks.cost.slice_memory import model_shapes as model_shapes
    from tokenworks.cost.slice_memory import slice_batch as slice_batch
    from tokenworks.cost.slice_memory import slice_budget as slice_budget
    from tokenworks.cost.slice_memory import smallest_slice as smallest_slice
    from tokenworks.cost.slice_steps import LINK_SHARE as LINK_SHARE
    from tokenworks.cost.slice_steps import PRODUCT_SHARE as PRODUCT_SHARE
    from tokenworks.cost.slice_steps import SliceStep as SliceStep
    from tokenworks.cost.slice_steps import slice_step as slice_step
    from tokenworks.cost.speculation import accepted_distribution as accepted_distribution
    from tokenworks.cost.speculation import accepted_share as accepted_share
    from tokenworks.cost.speculation import alpha_of as alpha_of
    from tokenworks.cost.speculation import best_gamma as best_gamma
    from tokenworks.cost.speculation import break_even_alpha as break_even_alpha
    from tokenworks.cost.speculation import round_cost as round_cost
    from tokenworks.cost.speculation import speculative_speedup as speculative_speedup
    from tokenworks.cost.speculation import tokens_per_pass as tokens_per_pass
    from tokenworks.cost.speculation_batch import Round as Round
    from tokenworks.cost.speculation_batch import pass_cost as pass_cost
    from tokenworks.cost.speculation_batch import speculation_round as speculation_round
    from tokenworks.cost.speculation_batch import speedup_under_batch as speedup_under_batch
    from tokenworks.cost.speculation_memory import draft_bytes as draft_bytes
    from tokenworks.cost.speculation_memory import eagle_parameter_count as eagle_parameter_count
    from tokenworks.cost.speculation_memory import medusa_parameter_count as medusa_parameter_count
    from tokenworks.cost.stages import STAGES as STAGES
    from tokenworks.cost.stages import stage_seconds as stage_seconds
    from tokenworks.cost.stages import stage_table as stage_table
    from tokenworks.cost.step_kernels import Step as Step
    from tokenworks.cost.step_kernels import decode_step as decode_step
    from tokenworks.cost.step_kernels import prefill_step as prefill_step
    from tokenworks.cost.step_time import Parts as Parts
    from tokenworks.cost.step_time import compute_seconds as compute_seconds
    from tokenworks.cost.step_time import compute_utilisation as compute_utilisation
    from tokenworks.cost.step_time import decode_flops as decode_flops
    from tokenworks.cost.step_time import decode_parts as decode_parts
    from tokenworks.cost.step_time import decode_seconds as decode_seconds
    from tokenworks.cost.step_time import decode_step_seconds as decode_step_seconds
    from tokenworks.cost.step_time import decode_tokens_per_s as decode_tokens_per_s
    from tokenworks.cost.step_time import flops_per_token as flops_per_token
    from tokenworks.cost.step_time import kv_read_bytes as kv_read_bytes
    from tokenworks.cost.step_time import positions_cached as positions_cached
    from tokenworks.cost.step_time import positions_uncached as positions_uncached
    from tokenworks.cost.step_time import prefill_flops as prefill_flops
    from tokenworks.cost.step_time import prefill_seconds as prefill_seconds
    from tokenworks.cost.step_time import request_seconds as request_seconds
    from tokenworks.cost.step_time import user_seconds as user_seconds
    from tokenworks.cost.tensor_limits import bandwidth_limit_chips as bandwidth_limit_chips
    from tokenworks.cost.tensor_limits import compute_limit_chips as compute_limit_chips
    from tokenworks.cost.tensor_limits import latency_limit_seconds as latency_limit_seconds
    from tokenworks.cost.tiles import ON_GPU as ON_GPU
    from tokenworks.cost.tiles import ON_TPU as ON_TPU
    from tokenworks.cost.tiles import best_tiles as best_tiles
    from tokenworks.cost.tiles import require_fit as require_fit
    from tokenworks.cost.tiles import tile_sram as tile_sram
    from tokenworks.cost.tiles import tile_sram_bytes as tile_sram_bytes
    from tokenworks.cost.token_rent import ApiComparison as ApiComparison
    from tokenworks.cost.token_rent import TokenRent as TokenRent
    from tokenworks.cost.token_rent import compare_with_api as compare_with_api
    from tokenworks.cost.token_rent import rent_of_tokens as rent_of_tokens
    from tokenworks.cost.topology import Axis as Axis
    from tokenworks.cost.topology import Switch as Switch
    from tokenworks.cost.topology import Torus as Torus
    from tokenworks.cost.topology import line as line
    from tokenworks.cost.topology import ring as ring
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
