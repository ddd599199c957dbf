"""A machine without a TPU: imported before JAX starts, which then asks no one for a chip.

Where libtpu is installed JAX would ask the machine for its TPU and complain on stderr.
"""

from __future__ import annotations

import os
from pathlib import Path

ALONE = {  # what libtpu asks a machine for; without answers it complains on stderr
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v5litepod-1",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",  # a compiler, unlike a chip, has room for many processes
}


def answer_for_no_tpu() -> None:
    """Answer libtpu's questions on a machine without a TPU, so that JAX starts in silence.

    On a machine with a TPU nothing is set. A variable that is set already keeps its value.
    """
    if not _a_chip_is_there():
        for name, value in ALONE.items():
            os.environ.setdefault(name, value)


def _a_chip_is_there() -> bool:
    """Tell whether the machine has a TPU: its device file, or a PCI card of Google's.

    Google's virtual disks and network cards do not count.
    """
    if [*Path("/dev").glob("accel*"), *Path("/dev").glob("vfio/*")]:
        return True
    for card in Path("/sys/bus/pci/devices").glob("*"):
        vendor, kind = ((card / name).read_text(encoding="utf-8") for name in ("vendor", "class"))
        if vendor.strip() == "0x1ae0" and not kind.startswith(("0x01", "0x02")):
            return True
    return False


answer_for_no_tpu()
