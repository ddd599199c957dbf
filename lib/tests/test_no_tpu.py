import os

import pytest

from tokenworks import no_tpu

CARD = "sys/bus/pci/devices/0000:00:04.0"
MACHINES = {  # files that are there, and whether one of them is a chip
    "accel": ({"dev/accel0": ""}, True),
    "vfio": ({"dev/vfio/0": ""}, True),
    "card": ({f"{CARD}/vendor": "0x1ae0\n", f"{CARD}/class": "0xff0000\n"}, True),
    "disk": ({f"{CARD}/vendor": "0x1ae0\n", f"{CARD}/class": "0x010802\n"}, False),
    "GPU": ({f"{CARD}/vendor": "0x10de\n", f"{CARD}/class": "0x030200\n"}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_is_set_where_a_chip_is_nor_what_is_set_already(tmp_path, monkeypatch, machine):
    seen, is_chip = MACHINES[machine]
    for name, text in seen.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    real = no_tpu.Path
    monkeypatch.setattr(no_tpu, "Path", lambda name: real(f"{tmp_path}{name}"))
    for name in no_tpu.ALONE:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TPU_WORKER_HOSTNAMES", "theirs")
    no_tpu.answer_for_no_tpu()
    left = {name: os.environ.get(name) for name in no_tpu.ALONE}
    expected = dict.fromkeys(no_tpu.ALONE) if is_chip else no_tpu.ALONE
    assert left == {**expected, "TPU_WORKER_HOSTNAMES": "theirs"}
