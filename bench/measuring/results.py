"""What a measurement found: values by runtime, and how they compare."""

from measuring import ratios


class Result:
    """Values of one measure for each runtime, in the order in which they were taken."""

    def __init__(self, name, text, unit, values, tabled=True):
        self.name = name
        self.text = text
        self.unit = unit
        self.tabled = tabled
        self.values = {label: list(found) for label, found in values.items() if found}

    def middle(self, label):
        """(lower quartile, median, upper quartile), or None."""
        return ratios.quartiles(self.values[label]) if label in self.values else None

    def ratio(self, ours, peer):
        """(ratio of medians, low, high), or None where one of them has no values, or nothing but zeros."""
        if ours not in self.values or peer not in self.values or ours == peer or min(self.values[peer]) <= 0:
            return None
        return ratios.ratio(self.values[ours], self.values[peer])

    def as_json(self):
        return {"name": self.name, "text": self.text, "unit": self.unit, "values": self.values}


class Target:
    """What a ratio, or a value where there is no peer, may be at most."""

    def __init__(self, measure, most, peer=None, or_peer=None):
        self.measure = measure
        self.most = most
        self.peer = peer
        self.or_peer = or_peer

    def outcome(self, results, ours):
        """(what was found, True if the target is met), or None if it was not measured."""
        result = results.get(self.measure)
        if result is None or ours not in result.values:
            return None
        if self.peer:
            found = result.ratio(ours, self.peer)
            return found and (found[0], found[0] <= self.most)
        found = result.middle(ours)[1]
        most = self.most
        if self.or_peer in result.values:
            most = max(most, result.middle(self.or_peer)[1])
        return found, found <= most
