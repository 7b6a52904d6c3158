"""The policies that are always there, in the order of their sections: one line a policy."""

from __future__ import annotations

from simkit.tracking import killer, roulette

POLICIES = (
    roulette.POLICY,
    killer.POLICY,
)
