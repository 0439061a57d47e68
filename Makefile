# Needs make and Python 3.11, 3.12 or 3.13; all else goes into .venv. Another Python: make test PYTHON=python3.12
PYTHON ?= python3
N ?= 1000
MINUTES ?= 60
RACES ?= 20000
BIN := .venv/bin
STAMP := .venv/installed
SOURCES := $(wildcard src tests examples bench docs)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test full lint docs messages mutants races hostile mutmut strace model soak hours bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "No '$(PYTHON)' here: releasegate needs Python 3.11, 3.12 or 3.13." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 14) or sys.exit("%s is Python %d.%d; releasegate needs Python 3.11, 3.12 or 3.13. Name one: make ... PYTHON=python3.12" % ("$(PYTHON)", v[0], v[1]))'
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --no-input -c constraints.txt -e ".[calendar,celery,cli,notify,postgres,procrastinate,sign,dev,docs]"
	@touch $@

demo: $(STAMP) ## the story of one release, from draft to sent
	$(BIN)/python examples/demo.py

test: $(STAMP) ## all tests, a twentieth of the counts, random order, 100 % branch coverage
	@command -v openssl >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update --quiet && apt-get install --yes --quiet openssl; }
	RELEASEGATE_COUNTS=short $(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

# 100 sends of the races take 7.5 s, more on busy cores: what hangs is told of after two hours.
full: $(STAMP) ## the tests marked `counts`, with all their runs, and so many sends in the races (make full RACES=2000)
	RELEASEGATE_COUNTS=full RELEASEGATE_RACES=$(RACES) $(BIN)/python -m pytest -m counts -n 2 --dist worksteal -o faulthandler_timeout=7200

lint: $(STAMP) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

docs: $(STAMP) ## the pages, into build/docs; an unknown reference or a link that leads nowhere is an error
	$(BIN)/python -m sphinx -b html -E -W --keep-going -q -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

messages: $(STAMP) ## compile the catalogues after a change of words
	$(BIN)/pybabel compile -d src/releasegate/locale -D "releasegate sentences"

mutants: $(STAMP) ## break each promise on purpose; a test must notice
	$(BIN)/python -m tests.postgres $(BIN)/python tests/mutants/run.py booking checks cli clocks guard handoffs input linked log pages model people proof providers sending store testing tracing verdict watch

# mutmut writes the mutants and measures which tests reach which function; what it tries by itself is one small module (decision 18).
mutmut: $(STAMP) ## mutate policy and decision line by line; takes half an hour
	rm -rf mutants                          # mutmut would keep the catalogues of the last time
	$(BIN)/python -m pip install --quiet --no-input -c constraints.txt -e ".[mutation]"
	nice -n 15 $(BIN)/mutmut run --max-children 2 "releasegate.policy.nearest.*"
	nice -n 15 $(BIN)/python tests/mutants/forks.py
	$(BIN)/python tests/mutants/score.py

soak: $(STAMP) ## races, the fault matrix and bulk sends by chance, for so long (make soak MINUTES=60); adds to docs/explanation/soak.md
	$(BIN)/python tests/soak/run.py --minutes $(MINUTES)

hours: $(STAMP) ## what takes hours: every mutant, those of the races and of the matrix too, a long race, mutmut
	$(BIN)/python tests/mutants/run.py
	$(BIN)/python tests/races/run.py --sends 20000
	$(BIN)/python tests/races/run.py --sends 2000 --serializable
	$(MAKE) mutmut

races: $(STAMP) ## N sends against holds on both databases (make races N=5000)
	$(BIN)/python tests/races/run.py --sends $(N)

hostile: $(STAMP) ## 10,000 hostile fields on each Python found: 3.11, 3.12, 3.13
	$(BIN)/python tests/hostile/run.py

strace: $(STAMP) ## errors of the kernel at the moment of a commit (as root on Debian, it installs strace)
	@command -v strace >/dev/null || { apt-get update --quiet && apt-get install --yes --quiet strace; }
	$(BIN)/python tests/strace/run.py

model: $(STAMP) ## the protocol in every order of its steps, by spin (as root on Debian, it installs spin and a C compiler)
	@{ command -v spin && command -v cc; } >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update --quiet && apt-get install --yes --quiet spin gcc libc6-dev; }
	$(BIN)/python tests/model/run.py

bench: $(STAMP) ## how long things take
	$(BIN)/python -m bench.run

clean: ## remove .venv and all caches
	rm -rf .venv .venv-3.* mutants .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage .coverage.* htmlcov build dist
