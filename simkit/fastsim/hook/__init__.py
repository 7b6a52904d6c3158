"""The hook: what the transport asks where a track begins and where it enters a region."""
