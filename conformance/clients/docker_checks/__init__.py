"""Checks of a container runtime below docker."""
