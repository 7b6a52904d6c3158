"""What results say of the machine: enough to compare by, nothing that names its keeper."""

import platform

from simkit.record.machine import machine_info


def test_the_system_without_its_release_or_the_name_of_the_machine():
    info = machine_info()
    assert info["system"] == platform.system()
    for secret in (platform.release(), platform.node()):
        assert secret not in info.values()
