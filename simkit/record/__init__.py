"""What a run leaves behind: per-event integers (tallies) and the result record made of them."""
