"""Signers: who vouches."""
