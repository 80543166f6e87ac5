"""Prints results."""

WIDTH = 300
WORDS = {"ok": "ok", "fail": "not ok", "skip": "skip"}


def line(outcome):
    if outcome.status == "ok":
        return "ok %s" % outcome.name
    return "%s %s: %s" % (WORDS[outcome.status], outcome.name, shorten(outcome.reason))


def shorten(text):
    """On one line; what matters in an error is often at its end."""
    text = " ".join(text.split())
    if len(text) <= WIDTH:
        return text
    return "%s … %s" % (text[:WIDTH // 3], text[-2 * WIDTH // 3:])


def totals(outcomes):
    count = {"ok": 0, "fail": 0, "skip": 0}
    for outcome in outcomes:
        count[outcome.status] += 1
    return "%(ok)d passed, %(fail)d failed, %(skip)d skipped" % count


def table(results):
    """One row a check, one column a runtime."""
    labels = list(results)
    names = list(dict.fromkeys(outcome.name for label in labels for outcome in results[label]))
    first = max(map(len, names))
    widths = [max(4, len(label)) for label in labels]
    status = {label: {outcome.name: outcome.status for outcome in results[label]}
              for label in labels}
    cells = {"ok": "ok", "fail": "FAIL", "skip": "skip", None: "-"}

    def row(name, words):
        padded = (word.ljust(width) for word, width in zip(words, widths))
        return ("%s  %s" % (name.ljust(first), "  ".join(padded))).rstrip()

    rows = [row("", labels)]
    rows += [row(name, [cells[status[label].get(name)] for label in labels]) for name in names]
    return "\n".join(rows)
