"""The test Hub, read by the real client and by plain HTTP."""
