"""Faults put under the real command line with strace."""
