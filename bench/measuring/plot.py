"""Plots as SVG: medians of all measures of time, and how the time of a start grows."""

import math
from xml.sax.saxutils import escape

COLOURS = ["#0b6e4f", "#c8553d", "#3d5a98", "#8a5fa8", "#b08900", "#4a4a4a"]
FLOOR_COLOUR = "#9a9a9a"
WIDTH, LEFT, RIGHT, TOP, ROW = 960, 190, 40, 84, 30
HEIGHT, BOTTOM = 420, 62


def medians(results, runtimes, title):
    """A row for each measure in ms, a mark for each runtime, quartiles as a line; a logarithmic axis."""
    rows = [r for r in results if r.unit == "ms" and r.tabled and not r.name.startswith("cpu/")]
    if not rows:
        return None
    low, high = _bounds([value for row in rows for label in row.values for value in row.middle(label)])
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(value / low) / math.log(high / low))

    parts = [_head(height, title, "Medians in ms (logarithmic), lines are quartiles; further left is faster")]
    parts.append(_legend(runtimes))
    bottom = TOP + ROW * len(rows)
    for tick in _log_ticks(low, high):
        parts.append(_line(x(tick), TOP, x(tick), bottom, "#dddddd"))
        parts.append(_text(x(tick), bottom + 18, "%g" % tick, anchor="middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, "ms", anchor="middle"))
    for number, row in enumerate(rows):
        y = TOP + ROW * (number + 0.5)
        parts.append(_line(LEFT, y + ROW / 2, WIDTH - RIGHT, y + ROW / 2, "#eeeeee"))
        parts.append(_text(LEFT - 12, y + 4, row.name, anchor="end"))
        parts += _row(row, runtimes, x, y)
    return "\n".join(parts + ["</svg>\n"])


def profiles(results, runtimes, title):
    """Lines of the time for one start, by how many containers already run."""
    name = max((r.name for r in results if r.name.startswith("profile/")), key=_size, default=None)
    if name is None:
        return None
    result = next(r for r in results if r.name == name)
    top = _round_up(max(max(values) for values in result.values.values()))
    bottom = HEIGHT - BOTTOM

    def x(tenth):
        return LEFT / 2 + (WIDTH - LEFT / 2 - RIGHT) * (tenth + 0.5) / 10

    def y(value):
        return bottom - (bottom - TOP) * value / top

    parts = [_head(HEIGHT, title, result.text + ": ms by tenth of the containers"), _legend(runtimes)]
    for step in range(5):
        value = top * step / 4
        parts.append(_line(LEFT / 2, y(value), WIDTH - RIGHT, y(value), "#dddddd"))
        parts.append(_text(LEFT / 2 - 8, y(value) + 4, "%g ms" % value, anchor="end"))
    for tenth in range(10):
        parts.append(_text(x(tenth), bottom + 18, "%d–%d %%" % (10 * tenth, 10 * tenth + 10), anchor="middle"))
    parts.append(_text(WIDTH / 2, bottom + 40, "containers started so far", anchor="middle"))
    for number, runtime in enumerate(runtimes):
        values = result.values.get(runtime.label, [])
        points = " ".join("%.1f,%.1f" % (x(tenth), y(value)) for tenth, value in enumerate(values))
        parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>'
                     % (points, _colour(runtime, number)))
        parts += [_mark(number, x(tenth), y(value), _colour(runtime, number)) for tenth, value in enumerate(values)]
    return "\n".join(parts + ["</svg>\n"])


def _row(row, runtimes, x, y):
    parts = []
    for number, runtime in enumerate(runtimes):
        middle = row.middle(runtime.label)
        if middle is None:
            continue
        colour = _colour(runtime, number)
        parts.append(_line(x(middle[0]), y, x(middle[2]), y, colour, 2))
        parts.append(_mark(number, x(middle[1]), y, colour))
    return parts


def _mark(number, x, y, colour):
    """Another shape for each runtime, so that colours are not all there is to tell them apart."""
    shapes = [
        '<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{c}"/>',
        '<rect x="{l:.1f}" y="{t:.1f}" width="10" height="10" fill="{c}"/>',
        '<path d="M{x:.1f} {u:.1f} L{r:.1f} {b:.1f} L{l:.1f} {b:.1f} Z" fill="{c}"/>',
        '<path d="M{x:.1f} {u:.1f} L{r:.1f} {y:.1f} L{x:.1f} {d:.1f} L{l:.1f} {y:.1f} Z" fill="{c}"/>',
    ]
    return shapes[number % len(shapes)].format(x=x, y=y, l=x - 5, r=x + 5, t=y - 5, b=y + 5, u=y - 6.5, d=y + 6.5,
                                               c=colour)


def _legend(runtimes):
    parts, x = [], LEFT
    for number, runtime in enumerate(runtimes):
        parts.append(_mark(number, x, 66, _colour(runtime, number)))
        parts.append(_text(x + 12, 70, runtime.label))
        x += 36 + 8 * len(runtime.label)
    return "\n".join(parts)


def _colour(runtime, number):
    return FLOOR_COLOUR if runtime.is_floor else COLOURS[number % len(COLOURS)]


def _head(height, title, subtitle):
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
        'font-family="sans-serif" font-size="13">' % (WIDTH, height, WIDTH, height),
        '<rect width="100%" height="100%" fill="white"/>',
        _text(16, 24, title, size=16),
        _text(16, 44, subtitle, colour="#555555"),
    ])


def _text(x, y, text, anchor="start", size=13, colour="#222222"):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d" fill="%s">%s</text>' % (
        x, y, anchor, size, colour, escape(text))


def _line(x1, y1, x2, y2, colour, width=1):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%d"/>' % (
        x1, y1, x2, y2, colour, width)


def _bounds(values):
    return min(values) / 1.15, max(values) * 1.15


def _log_ticks(low, high):
    ticks = [factor * 10.0 ** power for power in range(-3, 6) for factor in (1, 2, 5)]
    return [tick for tick in ticks if low <= tick <= high]


def _round_up(value):
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 4, 6, 8, 10) if factor * power >= value)


def _size(name):
    count, workers = name.rpartition("/")[2].split("x")
    return int(count), int(workers)
