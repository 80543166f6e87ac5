from support.checks import Checks
CHECKS = Checks()
