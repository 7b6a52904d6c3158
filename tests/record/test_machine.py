"""What results say of the machine: enough to compare by, nothing that names its keeper."""

import json
import platform

from simkit.record.machine import machine_info


def test_the_system_without_its_release():
    info = machine_info()
    assert info["system"] == platform.system()
    told = json.dumps({key: value for key, value in info.items() if key not in ("python", "numba", "numpy")})
    for name in (platform.release(), platform.version(), platform.node()):
        assert not name or name not in told
