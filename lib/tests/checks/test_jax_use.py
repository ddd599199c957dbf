import contextlib
import functools
import statistics
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from tokenworks.checks import jax_use
from tokenworks.checks.jax_use import uses_jax


def _softmax(logits):
    import jax

    return jax.nn.softmax(np.asarray(logits))


def _calls_it(logits):
    return _softmax(logits)


JITTED = jax.jit(lambda logits: jax.nn.softmax(logits))
CALLS_IT_COMPILED = jax.jit(_calls_it)
TABLE = {"softmax": JITTED}
ONES = jax.numpy.ones(2)
HELD = SimpleNamespace(softmax=JITTED)


class Softmax:
    def __init__(self):
        self.step = JITTED

    def __call__(self, logits):
        return self.step(np.asarray(logits))


class Named:
    @staticmethod
    def softmax(logits):
        return _softmax(logits)


SOFTMAX = Softmax()


def _closed_over():
    softmax = JITTED
    return lambda logits: np.asarray(softmax(np.asarray(logits)))


def _by_default(logits, softmax=JITTED):
    return np.asarray(softmax(np.asarray(logits)))


def _by_keyword(logits, *, softmax=JITTED):
    return np.asarray(softmax(np.asarray(logits)))


@functools.lru_cache
def _kept(logits):
    return _softmax(logits)


@contextlib.contextmanager
def _opened(logits):
    yield _softmax(logits)


def _with(logits):
    with _opened(logits) as halves:
        return halves


USING = {
    "the import inside": _softmax,
    "a call of it": _calls_it,
    "a lambda": lambda logits: jax.nn.softmax(np.asarray(logits)),
    "a compiled global": lambda logits: np.asarray(JITTED(np.asarray(logits))),
    "itself compiled": lambda logits: CALLS_IT_COMPILED(np.asarray(logits)),
    "of the library": jax.nn.softmax,
    "vmap": jax.vmap(_calls_it),
    "grad": jax.grad(np.sum),
    "partial": functools.partial(_by_keyword, softmax=JITTED),
    "partial of a compiled one": functools.partial(JITTED),
    "default": _by_default,
    "keyword default": _by_keyword,
    "closure": _closed_over(),
    "instance": SOFTMAX,
    "call of an instance": lambda logits: SOFTMAX(logits),
    "bound method": SOFTMAX.__call__,
    "static method": lambda logits: Named.softmax(logits),
    "dictionary": lambda logits: TABLE["softmax"](np.asarray(logits)),
    "list": lambda logits, steps=(len, [JITTED]): steps[1][0](np.asarray(logits)),
    "attribute": lambda logits: HELD.softmax(np.asarray(logits)),
    "cached": _kept,
    "context": _with,
    "an array": lambda x, ones=ONES: np.asarray(x) + ones,
}


@pytest.mark.parametrize("how", USING)
def test_a_function_that_comes_to_jax_is_known(how):
    assert uses_jax(USING[how])


def _recursive(x):
    return _recursive(x - 1) if x else 0


class Strange:
    @property
    def __dict__(self):
        raise ValueError

    def __call__(self, x):
        return x


RING = [_recursive]
RING.append(RING)

WITHOUT = [
    _recursive,
    max,
    np.sort,
    sorted,
    statistics.mean,
    functools.partial(np.sort, kind="stable"),
    lambda x: np.linalg.norm(np.random.default_rng(0).permutation(x)),
    lambda x: RING[0](x),
    Strange(),
    dict,
    None,
]


@pytest.mark.parametrize("function", WITHOUT)
def test_a_function_without_it_is_not(function):
    assert not uses_jax(function)


def test_a_module_is_looked_into_by_name_only(monkeypatch):
    space = {"module": jax_use, "JITTED": JITTED}
    monkeypatch.setattr(jax_use, "step", JITTED, raising=False)
    assert uses_jax(eval("lambda x: module.step(x)", space))
    assert not uses_jax(eval("lambda x: module.MOST_LOOKED_AT", space))


def test_the_search_has_an_end():
    long = [float(i) for i in range(10**6)]
    assert not uses_jax(lambda x: long[x])
