# Everything a person does with this project, by name. `make help` lists it.

CARGO  ?= cargo
PYTHON ?= python3
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help demo test test-hosts lib wheel install header options bindings examples asan valgrind miri faults interop autobahn bench-quick clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## hold a conversation with the simulator (PROTOCOL=gateway, voxta, voicelive, tokenbowl or toolchat); with PARLOR_URL=http://... with your own
	@scripts/demo.sh

test: ## everything that must pass; ends with: N passed, N failed, N skipped
	@$(PYTHON) scripts/test.py

test-hosts: ## the packages of the hosts, each in its own host, against the simulators
	@$(PYTHON) scripts/test_hosts.py

lib: ## the release library, target/release/libparlor.so and libparlor.a
	@scripts/lib.sh

wheel: ## the Python package with the library of every service inside, in target/wheel
	@$(PYTHON) scripts/wheel.py

install: lib ## install library, headers, parlor.pc and the CMake package below PREFIX (and DESTDIR)
	@PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' scripts/install.sh

header: ## write include/parlor.h anew from src/ffi
	PARLOR_UPDATE_HEADER=1 $(CARGO) test --features sim,testkit --test abi header

options: ## write docs/options.md anew from the table of options
	PARLOR_UPDATE_DOCS=1 $(CARGO) test --features sim,testkit --test examples options

bindings: ## write the numbers of the Python package anew from include/parlor.h
	@$(PYTHON) scripts/bind_python.py

examples: ## build the C programs and run each against the simulator
	$(CARGO) test --features sim,testkit --test examples

asan: ## the C contract programs under the address and undefined-behaviour sanitizers
	@scripts/asan.sh

valgrind: ## the C contract programs under valgrind
	@scripts/valgrind.sh

miri: ## the rooms without input and output under miri
	@scripts/miri.sh

faults: ## the network's bad days: resets, stalls, refusals, half-open links
	$(CARGO) test --features sim,testkit --test faults -- --show-output
	$(CARGO) test --features sim,testkit --test voxta -- --show-output bad_days

interop: ## the simulators and the client against the services' own programs, from PyPI
	$(CARGO) test --features sim,testkit --test interop_sim --test interop_client --test interop_voicelive --test interop_voicelive_live -- --show-output

autobahn: ## the WebSocket client against Autobahn's conformance suite, where there is a Python 2.7
	$(CARGO) test --features sim,testkit --test transport -- --ignored --show-output autobahn

bench-quick: ## the speed figures, in a few minutes
	$(PYTHON) scripts/bench.py --quick

clean: ## remove what was built
	$(CARGO) clean
