"""Steppers against each other at equal end-point error, and where QSS wins and loses: `simkit study steppers`."""
