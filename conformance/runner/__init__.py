"""Runs the OCI runtime-tools validation suite against container runtimes."""
