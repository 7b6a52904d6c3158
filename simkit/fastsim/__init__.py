"""Fast simulation: the hook in the transport, the dispatcher that picks a model, and one model a file.

Empty so far: every particle is followed in full, and a scenario that asks for a model is refused.
"""
