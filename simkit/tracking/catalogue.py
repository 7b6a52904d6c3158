"""The policies of simkit, in the order of their sections: one line a policy."""

from __future__ import annotations

from simkit.tracking import killer, neutron_roulette, neutron_time_cut, roulette

POLICIES = (
    roulette.POLICY,
    killer.POLICY,
    neutron_roulette.POLICY,
    neutron_time_cut.POLICY,
)
