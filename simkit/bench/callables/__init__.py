"""Any two Python callables in paired blocks, in this process."""
