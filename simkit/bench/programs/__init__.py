"""Pairs and recorded output of other people's programs."""
