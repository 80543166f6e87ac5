"""What buildah asks of a runtime."""

from support.checks import Checks

from buildah_checks import builds, limits, running

CHECKS = Checks(running.CHECKS, limits.CHECKS, builds.CHECKS)
