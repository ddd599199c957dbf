"""Facts as tables; every row names its source and the day it was read.

Chips, models, prices and claims are in `tokenworks.specs`. Here are

- `chip_cores`, `chip_memory`: what multiplies on a chip, and its memories from registers to disk
- `claim_evidence`: claims about costs, of which kind each is and whether it stands
- `purchase_price`, `hosted_price`: what a chip costs to buy, and a million tokens of others' models
- `caching_price`: on which terms sellers keep a prompt's beginning
- `printed_speed`: speeds that a guide prints, to be checked
- `price_age`: how old a price is, and which are too old for a release
- `layer_time`, `load_level`, `attention_speed`, `speculation_run`: what others measured
- `speculation_trace`: what drafts guessed along real texts of the model
- `acceptance_by_place`, `timed_speculation`: what the model accepted of drafts, and what was won
- `quantized_score`: what each way to quantize the model costs, on average and in the tail
- `silicon`: thousands of kernels and servers that NVIDIA and SemiAnalysis timed
- `recorded_streams`: what our server sent
- `compiled_attention`, `compiled_decode`: what the TPU compiler says of attention and whole steps
- `sample_texts`, `traces`: texts in several scripts, and requests that people really sent
- `vocabulary_pair`: the same texts as two models cut them
- `rows`: how a table is read
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.data import silicon as silicon
    from tokenworks.data.acceptance_by_place import AcceptanceRecord as AcceptanceRecord
    from tokenworks.data.acceptance_by_place import PlaceAcceptance as PlaceAcceptance
    from tokenworks.data.acceptance_by_place import draft_acceptance as draft_acceptance
    from tokenworks.data.attention_speed import AttentionSpeed as AttentionSpeed
    from tokenworks.data.attention_speed import attention_speeds as attention_speeds
    from tokenworks.data.caching_price import CachePrice as CachePrice
    from tokenworks.data.caching_price import cache_price as cache_price
    from tokenworks.data.caching_price import cache_prices as cache_prices
    from tokenworks.data.chip_cores import Cores as Cores
    from tokenworks.data.chip_cores import cores as cores
    from tokenworks.data.chip_memory import MemoryLevel as MemoryLevel
    from tokenworks.data.chip_memory import charted_chips as charted_chips
    from tokenworks.data.chip_memory import level as level
    from tokenworks.data.chip_memory import levels as levels
    from tokenworks.data.claim_evidence import Evidence as Evidence
    from tokenworks.data.claim_evidence import evidence as evidence
    from tokenworks.data.compiled_attention import AttentionCompile as AttentionCompile
    from tokenworks.data.compiled_attention import attention_compile as attention_compile
    from tokenworks.data.compiled_attention import attention_compiles as attention_compiles
    from tokenworks.data.compiled_attention import compile_record as compile_record
    from tokenworks.data.compiled_decode import DecodeCompile as DecodeCompile
    from tokenworks.data.compiled_decode import decode_compile as decode_compile
    from tokenworks.data.compiled_decode import decode_compiles as decode_compiles
    from tokenworks.data.compiled_decode import decode_record as decode_record
    from tokenworks.data.hosted_price import TokenPrice as TokenPrice
    from tokenworks.data.hosted_price import token_price as token_price
    from tokenworks.data.hosted_price import token_prices as token_prices
    from tokenworks.data.layer_time import LayerTime as LayerTime
    from tokenworks.data.layer_time import layer_times as layer_times
    from tokenworks.data.load_level import LoadLevel as LoadLevel
    from tokenworks.data.load_level import load_levels as load_levels
    from tokenworks.data.price_age import MOST_DAYS as MOST_DAYS
    from tokenworks.data.price_age import age_days as age_days
    from tokenworks.data.price_age import stale as stale
    from tokenworks.data.printed_speed import PrintedGain as PrintedGain
    from tokenworks.data.printed_speed import PrintedSpeed as PrintedSpeed
    from tokenworks.data.printed_speed import printed_gains as printed_gains
    from tokenworks.data.printed_speed import printed_speeds as printed_speeds
    from tokenworks.data.purchase_price import Purchase as Purchase
    from tokenworks.data.purchase_price import purchase as purchase
    from tokenworks.data.purchase_price import purchases as purchases
    from tokenworks.data.quantized_score import MatrixRatios as MatrixRatios
    from tokenworks.data.quantized_score import QuantizationRecord as QuantizationRecord
    from tokenworks.data.quantized_score import QuantizedScore as QuantizedScore
    from tokenworks.data.quantized_score import quantization_record as quantization_record
    from tokenworks.data.recorded_streams import Recorded as Recorded
    from tokenworks.data.recorded_streams import client_streams as client_streams
    from tokenworks.data.recorded_streams import generator_printed as generator_printed
    from tokenworks.data.recorded_streams import server_streams as server_streams
    from tokenworks.data.recorded_streams import stream_record as stream_record
    from tokenworks.data.sample_texts import Sample as Sample
    from tokenworks.data.sample_texts import samples as samples
    from tokenworks.data.silicon import LICENCE as LICENCE
    from tokenworks.data.silicon import ServedRow as ServedRow
    from tokenworks.data.silicon import end_to_end_rows as end_to_end_rows
    from tokenworks.data.silicon import runs_under_two_labels as runs_under_two_labels
    from tokenworks.data.speculation_run import SpeculationRun as SpeculationRun
    from tokenworks.data.speculation_run import speculation_runs as speculation_runs
    from tokenworks.data.speculation_trace import speculation_traces as speculation_traces
    from tokenworks.data.speculation_trace import walked as walked
    from tokenworks.data.timed_speculation import SpeculationTimes as SpeculationTimes
    from tokenworks.data.timed_speculation import Spread as Spread
    from tokenworks.data.timed_speculation import TimedDraft as TimedDraft
    from tokenworks.data.timed_speculation import TimedPass as TimedPass
    from tokenworks.data.timed_speculation import measured_speculation as measured_speculation
    from tokenworks.data.traces import Trace as Trace
    from tokenworks.data.traces import azure_conversation as azure_conversation
    from tokenworks.data.vocabulary_pair import TextCut as TextCut
    from tokenworks.data.vocabulary_pair import TwoVocabularies as TwoVocabularies
    from tokenworks.data.vocabulary_pair import two_vocabularies as two_vocabularies
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
