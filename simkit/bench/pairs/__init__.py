"""Sides measured in pairs within one warm process, and the contrasts made of them."""
