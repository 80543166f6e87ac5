"""The results as a Markdown table and as JSON."""

import datetime
import json
import os
import platform

from measuring.programs import HERE
from measuring.results import Target

TARGETS = os.path.join(HERE, "targets.json")


def about(runtimes, quick):
    """The machine, its kernel and the programs."""
    return {
        **machine(quick),
        "cgroups": ["v1 " + name for name in runtimes[0].place.cgroups.hierarchies]
                   + (["v2"] if runtimes[0].place.cgroups.unified else []),
        "programs": {r.label: r.version() for r in runtimes if not r.is_floor},
    }


def machine(quick):
    """The time, the machine and its kernel."""
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "quick": quick,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "load": os.getloadavg(),
    }


def targets():
    """The Targets of targets.json."""
    with open(TARGETS, encoding="utf-8") as file:
        return [Target(**row) for row in json.load(file)]


def markdown(facts, results, runtimes):
    """Tables of values, of ratios and of targets."""
    by_name = {result.name: result for result in results}
    tabled = [result for result in results if result.tabled]
    ours = runtimes[0].label
    lines = [
        headline(facts),
        "",
        "Programs: " + "; ".join("%s: %s" % (label, version[0] if version else "?")
                                 for label, version in facts["programs"].items()),
        *tables(tabled, [r.label for r in runtimes]),
        "", "## Targets, as far as they were measured", "",
        *table(["measure", "against", "at most", "found", ""], _target_rows(by_name, ours)),
        "", "## What was measured", "",
        *("- %s: %s" % (result.name, result.text) for result in tabled
          if not result.name.startswith(("cpu/", "memory/"))),
        "- cpu/…: user and system time of all its processes, the container's included",
        "- memory/…: the largest resident set among these processes",
        "",
    ]
    return "\n".join(lines)


def headline(facts):
    """One line about the machine and the time."""
    return "Linux %s, %s, %d CPUs, load %.2f, %s%s" % (
        facts["kernel"], facts["processor"], facts["cpus"], facts["load"][0], facts["time"],
        ", a quick look only" if facts["quick"] else "")


def tables(results, labels):
    """Lines with the values of each label, and the ratios of the first to the others."""
    return [
        "", "## Medians, in brackets the quartiles", "",
        *table(["measure", "unit", *labels],
               [[result.name, result.unit] + [_values(result, label) for label in labels] for result in results]),
        "", "## Ratios of the medians: %s to each, in brackets 95 %% of the resampled" % labels[0], "",
        *table(["measure", *labels[1:]],
               [[result.name] + [_ratio(result, labels[0], label) for label in labels[1:]] for result in results]),
    ]


def write(directory, facts, results, text, plots):
    """Writes NAME.md, NAME.json and the plots; their common stem."""
    os.makedirs(directory, exist_ok=True)
    stem = os.path.join(directory, facts["time"].replace("-", "").replace(":", "")[:15] + "Z")
    with open(stem + ".md", "w", encoding="utf-8") as file:
        file.write(text)
    with open(stem + ".json", "w", encoding="utf-8") as file:
        json.dump({"about": facts, "results": [result.as_json() for result in results]}, file)
    for name, plot in plots.items():
        if plot is None:
            continue
        with open("%s-%s.svg" % (stem, name), "w", encoding="utf-8") as file:
            file.write(plot)
    return stem


def _target_rows(results, ours):
    rows = []
    for target in targets():
        outcome = target.outcome(results, ours)
        if outcome is None:
            continue
        most = "%.2f" % target.most if target.most < 100 else "%g" % target.most
        rows.append([target.measure, target.peer or "itself", most, _number(outcome[0]),
                     "met" if outcome[1] else "**not met**"])
    return rows


def _values(result, label):
    middle = result.middle(label)
    if middle is None:
        return ""
    low, median, high = map(_number, middle)
    return median if low == high else "%s (%s–%s)" % (median, low, high)


def _ratio(result, ours, peer):
    found = result.ratio(ours, peer)
    if found is None:
        return ""
    middle, low, high = ("%.2f" % value for value in found)
    return middle if low == high else "%s (%s–%s)" % (middle, low, high)


def _number(value):
    return "%.2f" % value if value < 100 else "%.0f" % value


def table(head, rows):
    """Lines of a Markdown table."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in [head, *rows]]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [lines[0], rule, *lines[1:]]


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown processor"
