"""Attention: the naive oracle, online softmax, flash and paged, in JAX and in Pallas."""

from tokenworks import tpu as tpu  # before JAX starts: without a TPU it is then silent
