"""Every picture of the book, as inline SVG that Python alone draws.

- `picture`: lays a picture out for a wide screen and for a phone, and checks both
- `scene`, `box`, `text_size`: what a drawing is made of, and that no two words touch
- `marks`, `matrices`, `memory_layout`, `timelines`, `strips`: the vocabulary, all to scale
- `memory_field`, `reserved_piece`, `waste_shares`, `cell_uses`: what the cells of a cache are for
- `block_lookup`, `block_sizes`, `copy_on_write`, `prefix_tree`: a cache in blocks
- `attention_square`, `core_memory`, `softmax_steps`: attention and its memories
- `tile_sizes`, `tile_traffic`: what its tiles hold and move
- `request_times`, `waits_and_arrivals`: one request by its metrics; many by when they were sent
- `first_token_parts`, `requests_inside`, `good_requests`: what requests wait for, do, and come to
- `bar_columns`, `run_bars`, `value_dots`: a table as bars, runs side by side, many values as dots
- `chunk_timeline`, `mask_alignment`: a prompt read in pieces, what one new query sees
- `attention_share`, `measured_attention`: what it takes of a prompt, and what its kernels reach
- `stage_ladder`, `reshaping`, `phase_timeline`: a request's stages, candidates, two phases
- `request_path`, `layer_vectors`, `token_choice`, `prompt_and_step`: what a token takes
- `byte_budget`, `wait_dots`, `batch_schedules`: what a chip could do, waits, who runs when
- `piece_rows`, `lottery_strip`, `loop_passes`, `count_fields`: a text in tokens, a draw, a loop
- `step_bars`, `floor_shares`, `layer_weights`: steps, floors, the matrices of a layer
- `verify_times`, `residual_bars`, `yielded_tokens`, `speedup_curves`, `needed_acceptance`,
  `acceptance_lines`, `round_timeline`: why guessing ahead works, what a round yields and takes, and
  where it loses
- `format_speed`: narrow formats beside bf16 by the tokens at once, measured and predicted
- `bit_layouts`, `number_lines`, `weight_histogram`, `outlier_channels`, `quality_frontier`: what
  formats hold, what weights and activations look like, and what methods cost
- `printed_marks`, `gain_ranges`: printed speeds over the floor, printed gains beside computed ones
- `routed_prompts`, `two_pools`, `tier_fetches`: prompts over replicas, a cache from pool to pool
  and from other memories
- `rung_clouds`, `engine_pairs`: served rows on six rungs; one load under two engines
- `meanings`: what each colour means
- `kept_and_dropped`, `shared_heads`, `memory_budget`, `case_pairs`: what a KV cache keeps and costs
- `all_reduce_lines`, `ring_steps`, `chip_grid`: messages between chips, timed, step by step, and
  the links that carry them
- `expert_lines`, `dispatch_lines`, `pipeline_turns`: experts read, dropped, timed and sent to, and
  stages at work and idle
- `split_bars`, `slice_lines`: ways to split one model, what a device holds and what a step takes
- `cut_matrices`, `chip_groups`: a matrix over devices, and copies of a model against groups
- `memory_verdicts`, `price_by_step`, `price_levers`: what a compiler allows, which ways to serve
  none beats, and what moves a price
- `batch_promises`: which batch a promise to users allows, and what a token costs there
- `bar_chart`, `line_chart`: `bars`, and `curves` through `Points`
- `roofline_chart`: `roofline` below each `Roof`; `chip_roof` gives that of a chip
- `plane`, `scales`: the axes of a chart, and words at what they name
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.figures.acceptance_lines import acceptance_by_place as acceptance_by_place
    from tokenworks.figures.all_reduce_lines import timed_all_reduces as timed_all_reduces
    from tokenworks.figures.attention_share import kernel_versions as kernel_versions
    from tokenworks.figures.attention_share import prompt_shares as prompt_shares
    from tokenworks.figures.attention_square import attention_arrays as attention_arrays
    from tokenworks.figures.bar_chart import bars as bars
    from tokenworks.figures.bar_columns import Column as Column
    from tokenworks.figures.bar_columns import bars_by_column as bars_by_column
    from tokenworks.figures.batch_promises import promised_batches as promised_batches
    from tokenworks.figures.batch_schedules import batch_waste as batch_waste
    from tokenworks.figures.batch_schedules import frontier_zones as frontier_zones
    from tokenworks.figures.batch_schedules import schedules as schedules
    from tokenworks.figures.bit_layouts import BitLayout as BitLayout
    from tokenworks.figures.bit_layouts import bit_layout as bit_layout
    from tokenworks.figures.bit_layouts import format_bits as format_bits
    from tokenworks.figures.block_lookup import look_up as look_up
    from tokenworks.figures.block_sizes import BlockSize as BlockSize
    from tokenworks.figures.block_sizes import block_size_columns as block_size_columns
    from tokenworks.figures.byte_budget import ridge_squares as ridge_squares
    from tokenworks.figures.case_pairs import Pair as Pair
    from tokenworks.figures.case_pairs import pairs as pairs
    from tokenworks.figures.chip_grid import slice_grids as slice_grids
    from tokenworks.figures.chip_groups import copies_or_groups as copies_or_groups
    from tokenworks.figures.chunk_timeline import chunked_prompt as chunked_prompt
    from tokenworks.figures.copy_on_write import copy_strip as copy_strip
    from tokenworks.figures.core_memory import cores_at_work as cores_at_work
    from tokenworks.figures.core_memory import two_memories as two_memories
    from tokenworks.figures.count_fields import count_squares as count_squares
    from tokenworks.figures.cut_matrices import matrix_cuts as matrix_cuts
    from tokenworks.figures.dispatch_lines import dispatch_by_devices as dispatch_by_devices
    from tokenworks.figures.engine_pairs import two_schedulers as two_schedulers
    from tokenworks.figures.expert_lines import dropped_by_capacity as dropped_by_capacity
    from tokenworks.figures.expert_lines import experts_by_batch as experts_by_batch
    from tokenworks.figures.expert_lines import timed_expert_lines as timed_expert_lines
    from tokenworks.figures.expert_lines import weight_bytes_by_batch as weight_bytes_by_batch
    from tokenworks.figures.first_token_parts import first_token_waits as first_token_waits
    from tokenworks.figures.floor_shares import Measured as Measured
    from tokenworks.figures.floor_shares import beside_floor as beside_floor
    from tokenworks.figures.format_speed import speed_by_tokens as speed_by_tokens
    from tokenworks.figures.gain_ranges import what_each_buys as what_each_buys
    from tokenworks.figures.good_requests import good_and_late as good_and_late
    from tokenworks.figures.kept_and_dropped import causal_triangle as causal_triangle
    from tokenworks.figures.kept_and_dropped import kv_block as kv_block
    from tokenworks.figures.layer_vectors import causal_mask as causal_mask
    from tokenworks.figures.layer_vectors import layer_flow as layer_flow
    from tokenworks.figures.layer_weights import layer_matrices as layer_matrices
    from tokenworks.figures.line_chart import Points as Points
    from tokenworks.figures.line_chart import curves as curves
    from tokenworks.figures.loop_passes import repeated_positions as repeated_positions
    from tokenworks.figures.lottery_strip import lottery as lottery
    from tokenworks.figures.mask_alignment import query_after_cache as query_after_cache
    from tokenworks.figures.meanings import colour_key as colour_key
    from tokenworks.figures.measured_attention import measured_decodes as measured_decodes
    from tokenworks.figures.measured_attention import measured_prompts as measured_prompts
    from tokenworks.figures.memory_budget import balance as balance
    from tokenworks.figures.memory_budget import budget_waterfall as budget_waterfall
    from tokenworks.figures.memory_budget import gigabytes as gigabytes
    from tokenworks.figures.memory_field import memory_fields as memory_fields
    from tokenworks.figures.memory_layout import Part as Part
    from tokenworks.figures.memory_layout import memory_bar as memory_bar
    from tokenworks.figures.memory_verdicts import compiled_memory as compiled_memory
    from tokenworks.figures.needed_acceptance import FieldCase as FieldCase
    from tokenworks.figures.needed_acceptance import losing_region as losing_region
    from tokenworks.figures.number_lines import format_values as format_values
    from tokenworks.figures.outlier_channels import large_activations as large_activations
    from tokenworks.figures.phase_timeline import two_phases as two_phases
    from tokenworks.figures.picture import Figure as Figure
    from tokenworks.figures.picture import drawing as drawing
    from tokenworks.figures.piece_rows import Cut as Cut
    from tokenworks.figures.piece_rows import token_pieces as token_pieces
    from tokenworks.figures.pipeline_turns import stage_turns as stage_turns
    from tokenworks.figures.prefix_tree import prefix_blocks as prefix_blocks
    from tokenworks.figures.price_by_step import price_frontier as price_frontier
    from tokenworks.figures.price_levers import lever_bars as lever_bars
    from tokenworks.figures.printed_marks import published_speeds as published_speeds
    from tokenworks.figures.prompt_and_step import scores_of as scores_of
    from tokenworks.figures.prompt_and_step import two_shapes as two_shapes
    from tokenworks.figures.quality_frontier import Quality as Quality
    from tokenworks.figures.quality_frontier import quality_by_bytes as quality_by_bytes
    from tokenworks.figures.request_path import layer_shares as layer_shares
    from tokenworks.figures.request_path import token_traffic as token_traffic
    from tokenworks.figures.request_times import request_timeline as request_timeline
    from tokenworks.figures.requests_inside import inside_by_phase as inside_by_phase
    from tokenworks.figures.reserved_piece import dissected_pieces as dissected_pieces
    from tokenworks.figures.reshaping import candidate_bars as candidate_bars
    from tokenworks.figures.residual_bars import accepted_and_residual as accepted_and_residual
    from tokenworks.figures.ring_steps import ring_all_reduce as ring_all_reduce
    from tokenworks.figures.roofline_chart import Roof as Roof
    from tokenworks.figures.roofline_chart import chip_roof as chip_roof
    from tokenworks.figures.roofline_chart import roofline as roofline
    from tokenworks.figures.round_timeline import one_round as one_round
    from tokenworks.figures.routed_prompts import routed_turns as routed_turns
    from tokenworks.figures.run_bars import compare_runs as compare_runs
    from tokenworks.figures.run_bars import run_measures as run_measures
    from tokenworks.figures.rung_clouds import error_ladder as error_ladder
    from tokenworks.figures.shared_heads import kv_sharing as kv_sharing
    from tokenworks.figures.slice_lines import timed_slice_lines as timed_slice_lines
    from tokenworks.figures.softmax_steps import softmax_strip as softmax_strip
    from tokenworks.figures.speedup_curves import tau_and_speedup as tau_and_speedup
    from tokenworks.figures.split_bars import split_ways as split_ways
    from tokenworks.figures.stage_ladder import request_stages as request_stages
    from tokenworks.figures.step_bars import Step as Step
    from tokenworks.figures.step_bars import decode_steps as decode_steps
    from tokenworks.figures.tier_fetches import tier_times as tier_times
    from tokenworks.figures.tile_sizes import tile_room as tile_room
    from tokenworks.figures.tile_traffic import tile_heights as tile_heights
    from tokenworks.figures.token_choice import next_token as next_token
    from tokenworks.figures.two_pools import pools_path as pools_path
    from tokenworks.figures.value_dots import Dots as Dots
    from tokenworks.figures.value_dots import dot_rows as dot_rows
    from tokenworks.figures.verify_times import verification_times as verification_times
    from tokenworks.figures.wait_dots import waits_and_tail as waits_and_tail
    from tokenworks.figures.waits_and_arrivals import waits_by_arrival as waits_by_arrival
    from tokenworks.figures.waste_shares import waste_bars as waste_bars
    from tokenworks.figures.weight_histogram import weights_and_levels as weights_and_levels
    from tokenworks.figures.yielded_tokens import acceptance_tree as acceptance_tree
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
