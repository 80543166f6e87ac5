"""Measures container runtimes beside each other and beside the kernel's floor."""
