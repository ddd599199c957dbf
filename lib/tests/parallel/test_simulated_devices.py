import subprocess
import sys

import jax
import pytest

from tokenworks.parallel import simulate_devices


def test_a_fresh_process_gets_as_many_devices_as_it_asks_for():
    code = "from tokenworks.parallel import simulate_devices; print(len(simulate_devices(5)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("5\n", "")


def test_where_jax_has_started_with_enough_they_are_returned():
    assert simulate_devices(8) == simulate_devices(2) == jax.devices()
    assert len(jax.devices()) == 8


def test_too_few_and_too_late_says_to_restart():
    with pytest.raises(
        RuntimeError, match=r"started with 8 devices: restart .*simulate_devices\(9\)"
    ):
        simulate_devices(9)
    with pytest.raises(ValueError, match="count must be a whole number"):
        simulate_devices(0)
