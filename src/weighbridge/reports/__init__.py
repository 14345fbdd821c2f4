"""Reports: how records and verdicts are shown."""
