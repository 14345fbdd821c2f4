"""Pure, bounded parsers of hostile bytes."""
