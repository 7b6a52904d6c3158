"""Magnetic fields: maps of the field, one stepper a file, and the driver that owns accept and reject.

Empty so far: every detector is without a field, and a scenario that asks for one is refused.
"""
