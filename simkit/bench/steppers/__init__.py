"""`simkit study steppers`: steppers at equal end-point error, and where QSS wins and loses."""
