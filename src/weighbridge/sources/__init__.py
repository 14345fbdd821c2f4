"""Sources: the places models come from, one file a kind."""
