"""The ratios that are held: written down with the machine, and compared with a later run."""

import json
import os

from measuring import report
from measuring.programs import HERE

FILE = os.path.join(HERE, "baseline.json")
# Pages and clock ticks: less than this is nobody's fault.
LEAST_NOISE = 0.02


def ratios(passes, ours, peers):
    """{measure: {peer: {"ratio", "noise"}}} of several passes, each a list of Results.

    The noise is relative: half of what the passes differ by, or half of a pass's own interval.
    """
    found = {}
    for results in zip(*passes):
        for peer in peers:
            taken = [result.ratio(ours, peer) for result in results]
            if None not in taken:
                found.setdefault(results[0].name, {})[peer] = _held(taken)
    return found


def _held(taken):
    middles = sorted(middle for middle, _, _ in taken)
    ratio = middles[len(middles) // 2]
    between = (middles[-1] - middles[0]) / 2
    within = sorted((high - low) / 2 for _, low, high in taken)[len(taken) // 2]
    return {"ratio": round(ratio, 4), "noise": round(max(between, within) / ratio, 4)}


def write(path, facts, found):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"about": facts, "ratios": found}, file, indent=1)
        file.write("\n")


def read(path):
    """The baseline, or None."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def comparable(baseline, facts, ours):
    """(peers whose version is the baseline's, words on what differs)."""
    then, now = baseline["about"], facts
    words = ["the baseline's %s is %s, here it is %s" % (key, then[key], now[key])
             for key in ("machine", "processor", "cpus", "kernel", "cgroups", "quick") if then[key] != now[key]]
    peers = ["floor"]
    for label, version in now["programs"].items():
        if label == ours:
            continue
        if then["programs"].get(label) == version:
            peers.append(label)
        else:
            words.append("not compared with %s: the baseline's version is %s, here it is %s" % (
                label, _first(then["programs"].get(label)), _first(version)))
    return peers, words


def compare(baseline, found, peers):
    """Rows (measure, peer, then, now, limit, worse) of what is in both."""
    rows = []
    for measure, by_peer in found.items():
        for peer, now in by_peer.items():
            then = baseline["ratios"].get(measure, {}).get(peer)
            if then is None or peer not in peers:
                continue
            noise = max(LEAST_NOISE, then["noise"]) + max(LEAST_NOISE, now["noise"])
            limit = then["ratio"] * (1 + noise)
            rows.append((measure, peer, then["ratio"], now["ratio"], limit, now["ratio"] > limit))
    return rows


def table(rows):
    """The rows of `compare` as lines."""
    words = {True: "**worse**", False: ""}
    return report.table(["measure", "against", "baseline", "now", "at most", ""],
                        [[measure, peer, "%.3f" % then, "%.3f" % now, "%.3f" % limit, words[worse]]
                         for measure, peer, then, now, limit, worse in rows])


def _first(version):
    return version[0] if version else "missing"
