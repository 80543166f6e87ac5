"""The C programs of the measurement: the loop that measures, and a floor program for each bundle."""

import os
import subprocess

from measuring import facts

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUTPUT = os.path.join(os.path.dirname(HERE), ".build", "bench")
COMPILER = ["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static"]


def build_interleave():
    """The path of the measuring loop."""
    return _compile("interleave", [os.path.join(HERE, "interleave.c")])


def build_floor(bundle, config, cgroups):
    """The path of the floor program of a bundle; `config` is its configuration."""
    os.makedirs(OUTPUT, exist_ok=True)
    generated = os.path.join(OUTPUT, "bundle-%s.c" % bundle)
    with open(generated, "w", encoding="utf-8") as file:
        file.write(facts.source(config, cgroups))
    directory = os.path.join(HERE, "floor")
    sources = sorted(os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".c"))
    return _compile("floor-" + bundle, ["-I" + directory, *sources, generated])


def _compile(name, words):
    os.makedirs(OUTPUT, exist_ok=True)
    program = os.path.join(OUTPUT, name)
    # Another measurement may be running the old one.
    fresh = "%s.%d" % (program, os.getpid())
    subprocess.run([*COMPILER, "-o", fresh, *words], check=True)
    os.replace(fresh, program)
    return program
