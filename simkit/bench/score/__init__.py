"""The HS23-style score of a machine, and reports of HEPscore."""
