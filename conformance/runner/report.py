"""Prints results."""

WIDTH = 240


def line(outcome):
    if outcome.status == "ok":
        return "ok %s" % outcome.test
    word = {"fail": "not ok", "skip": "skip"}[outcome.status]
    return "%s %s: %s" % (word, outcome.test, shorten(outcome.reason))


def shorten(text):
    text = " ".join(text.split())
    return text if len(text) <= WIDTH else text[:WIDTH - 1] + "…"


def totals(outcomes):
    count = {"ok": 0, "fail": 0, "skip": 0}
    for outcome in outcomes:
        count[outcome.status] += 1
    return "%(ok)d passed, %(fail)d failed, %(skip)d skipped" % count


def table(results):
    """One row a test, one column a runtime."""
    labels = list(results)
    tests = [outcome.test for outcome in results[labels[0]]]
    first = max(map(len, tests))
    widths = [max(4, len(label)) for label in labels]
    by_test = {label: {outcome.test: outcome.status for outcome in results[label]}
               for label in labels}

    def row(name, cells):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths))
        return ("%s  %s" % (name.ljust(first), "  ".join(padded))).rstrip()

    rows = [row("", labels)]
    for test in tests:
        words = {"ok": "ok", "fail": "FAIL", "skip": "skip", None: "-"}
        rows.append(row(test, [words[by_test[label].get(test)] for label in labels]))
    return "\n".join(rows)
