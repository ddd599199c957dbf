"""Attention: the naive oracle, online softmax, flash and paged, in JAX and in Pallas."""

from tokenworks import tpu as tpu  # before JAX starts: it is silent then where no TPU is
