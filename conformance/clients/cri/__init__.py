"""Speaks to a container runtime interface (CRI) server as a kubelet does."""
