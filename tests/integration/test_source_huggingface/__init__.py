"""The Hub source against the test Hub, by way of real connections."""
