"""Attention: the naive oracle, online softmax, flash and paged, in JAX and in Pallas."""
