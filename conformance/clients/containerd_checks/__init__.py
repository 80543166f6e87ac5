"""Checks of a container runtime below containerd."""
