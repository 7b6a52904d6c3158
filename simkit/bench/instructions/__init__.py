"""Instructions of sides, counted by the processor or by valgrind."""
