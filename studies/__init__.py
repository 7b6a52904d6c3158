"""Measurements of simkit that are run by hand; see README.md here."""
