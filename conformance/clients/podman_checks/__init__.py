"""What podman asks of a runtime."""

from support.checks import Checks

from podman_checks import (checkpoints, devices, errors, executing, kube, life, limits, machine, mounts,
                           namespaces, networks, pods, running, security, services, terminals, users, views)

CHECKS = Checks(*(module.CHECKS for module in (
    running, terminals, errors, life, executing, views, limits, security, users, mounts, devices,
    namespaces, networks, pods, kube, services, checkpoints, machine)))
