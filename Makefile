# swrun and swbox: `make help` lists what can be made.

SHELL = /bin/bash
PROGRAMS = swrun swbox
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(DESTDIR)$(PREFIX)/bin
DATADIR = $(DESTDIR)$(PREFIX)/share
MANDIR = $(DATADIR)/man/man8
COMPLETIONS = $(foreach program,$(PROGRAMS),\
	bash-completion/completions/$(program)=$(program).bash \
	zsh/site-functions/_$(program)=_$(program) \
	fish/vendor_completions.d/$(program).fish=$(program).fish)

PROGRAM = .build/release/swrun
# Nothing is loaded at run time. lld comes with Swift, and does not warn of dlopen(3) and getpwnam(3) in
# parts of the standard library that the program never calls.
BUILD = swift build -c release -Xswiftc -static-executable -Xswiftc -use-ld=lld
# The entry point of swrun is CLinux's, which protects the program file before the C library starts.
# What starts use lies together: see `make layout`.
BUILD_swrun = --product swrun -Xlinker --entry=program_entry \
	-Xlinker --symbol-ordering-file=$(CURDIR)/layout/functions -Xlinker --no-warn-symbol-ordering
BUILD_swbox = --product swbox
# Arguments of `swift test`.
TESTS ?=
# Parts of the tests in a guest; without any, those that CI has time for.
PARTS ?=
# Runtimes to compare with, by name or path; swrun itself is always there.
RUNTIMES ?= crun runc
# Arguments of bench/run, bench/check and bench/images: BENCH="--quick --only run"
BENCH ?=

SWIFT_FILES = Sources Tests Package.swift
SCRIPTS = .ci/run scripts/criu scripts/demo scripts/deps scripts/rootfs conformance/build-suite \
	guest/image guest/start guest/exec guest/stop guest/test

.PHONY: build help deps test unit test-guest rootfs criu demo install uninstall format lint layout docs docs-check conformance clients bench bench-check bench-images clean

build: ## the programs, optimised and static: .build/release/swrun and .build/release/swbox
	@scripts/deps build
	$(BUILD) $(BUILD_swrun)
	$(BUILD) $(BUILD_swbox)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

deps: ## install the Debian packages that are missing
	@scripts/deps

test: lint build docs-check rootfs criu unit ## all tests, with everything that they need

unit: ## the tests alone: TESTS="--filter Mount" for some of them
	@scripts/unit $(TESTS)

test-guest: build rootfs ## tests in a Debian guest with systemd, cgroup v2, AppArmor: PARTS="tests podman", PARTS=all
	swift build --build-tests
	guest/test $(PARTS)

rootfs: ## root filesystems for tests: .build/rootfs/busybox and .build/rootfs/debian
	@scripts/deps test
	@scripts/rootfs busybox .build/rootfs/busybox
	@scripts/rootfs debian .build/rootfs/debian

# Without one the tests that need it are skipped, and say so.
criu: ## a criu that works here, for tests: the installed one, or .build/criu/bin/criu
	-@scripts/criu .build/criu

demo: ## build, prepare a busybox bundle, run containers from it and show it
	@scripts/deps demo
	@$(MAKE) --no-print-directory build
	@scripts/rootfs busybox .build/rootfs/busybox
	@scripts/demo $(PROGRAM) .build/rootfs/busybox

install: ## to $(DESTDIR)$(PREFIX): the programs, manual pages and completions
	@test -x $(PROGRAM) || { echo 'run make build first' >&2; exit 1; }
	install -d $(BINDIR) $(MANDIR)
	install -s -m 0755 $(addprefix .build/release/,$(PROGRAMS)) $(BINDIR)
	install -m 0644 docs/man/*.8 $(MANDIR)
	@set -e; for pair in $(COMPLETIONS); do \
	  echo "install completions/$${pair#*=} $(DATADIR)/$${pair%=*}"; \
	  install -D -m 0644 "completions/$${pair#*=}" "$(DATADIR)/$${pair%=*}"; \
	done

uninstall: ## what install installed
	rm -f $(addprefix $(BINDIR)/,$(PROGRAMS)) $(addprefix $(MANDIR)/,$(notdir $(wildcard docs/man/*.8)))
	rm -f $(foreach pair,$(COMPLETIONS),$(DATADIR)/$(firstword $(subst =, ,$(pair))))

format: ## put the Swift sources into the project's form
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

lint: ## form of the Swift sources, scripts, manual pages and completions
	@scripts/deps test
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)
	shellcheck -x -P SCRIPTDIR $(SCRIPTS)
	mandoc -T lint -W warning docs/man/*.8
	set -e; for program in $(PROGRAMS); do \
	  bash -n completions/$$program.bash; \
	  zsh -n completions/_$$program; \
	  fish --no-execute completions/$$program.fish; \
	done

docs: build ## manual pages and completions anew, from the program and docs/man/source
	@scripts/deps docs
	@scripts/docs $(addprefix .build/release/,$(PROGRAMS))

# Fails if the program's options and the committed pages differ.
docs-check: build
	@scripts/docs --check $(addprefix .build/release/,$(PROGRAMS))

conformance: build ## the OCI runtime-tools validation suite, for swrun, runc and crun
	@scripts/deps conformance
	conformance/run

clients: build ## container engines over swrun, runc and crun: podman, buildah, containerd, docker
	@scripts/deps clients
	conformance/clients/podman
	conformance/clients/buildah
	conformance/clients/containerd
	conformance/clients/docker

bench: build ## speed beside other runtimes: RUNTIMES='runc /path/to/other' BENCH='--quick --only run'
	@scripts/deps bench
	@scripts/rootfs busybox .build/rootfs/busybox
	@bench/run $(patsubst %,--runtime %,$(PROGRAM) $(RUNTIMES)) $(BENCH)

bench-check: build ## fails where a ratio of speed or memory is worse than bench/baseline.json by more than the noise
	@scripts/deps bench
	@scripts/rootfs busybox .build/rootfs/busybox
	@bench/check $(patsubst %,--runtime %,$(PROGRAM) $(RUNTIMES)) $(BENCH)

bench-images: build ## swbox beside podman: pull, load, run: BENCH='--quick', BENCH='--size 100'
	@scripts/deps bench test
	@scripts/rootfs busybox .build/rootfs/busybox
	@bench/images $(BENCH)

layout: ## the order of functions in the program anew, from a trace of the usual commands (some minutes)
	@scripts/deps bench
	@scripts/rootfs busybox .build/rootfs/busybox
	rm -f $(PROGRAM)
	$(BUILD) $(BUILD_swrun) -Xlinker -Map=$(CURDIR)/.build/layout.map
	layout/record $(PROGRAM) .build/layout.map .build/rootfs/busybox
	rm -f $(PROGRAM)
	@$(MAKE) --no-print-directory build

clean: ## all that was built; root filesystems, too
	rm -rf --one-file-system .build
	find bench/results -mindepth 1 ! -name .gitkeep -delete
