"""Medians and their ratios, with a spread from resampling."""

import random
import statistics

DRAWS = 400
INSIDE = 0.95


def ratio(ours, theirs):
    """The ratio of two medians and the interval around it: (ratio, low, high).

    The samples are pairs, taken in the same round; whole rounds are drawn anew, so that what slows a round
    down slows both.
    """
    middle = statistics.median(ours) / statistics.median(theirs)
    generator = random.Random(1)
    count = min(len(ours), len(theirs))
    drawn = []
    for _ in range(DRAWS):
        rounds = generator.choices(range(count), k=count)
        drawn.append(statistics.median([ours[i] for i in rounds]) / statistics.median([theirs[i] for i in rounds]))
    drawn.sort()
    edge = int(DRAWS * (1 - INSIDE) / 2)
    return middle, drawn[edge], drawn[-1 - edge]


def quartiles(values):
    """The lower quartile, the median and the upper one."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))
