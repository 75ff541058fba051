# Every target is one line over a script or the CLI. `make` alone lists them.
.DEFAULT_GOAL := help
PY := .venv/bin/python

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
run: .venv/core  ## a living hall on http://127.0.0.1:8000 (PORT=)
	@$(PY) -m minyi.cli up
test: .venv/dev  ## checks, the second site builder, the whole suite
	@sh scripts/test.sh
check: .venv/dev ## format, lint, types, import contracts, migrations, content, strict site
	@sh scripts/check.sh
site: .venv/core ## both language sites and the shell of the live pages
	@$(PY) -m minyi_site.build
bench: .venv/dev ## the table of ratios
	@$(PY) -m bench
clean:           ## forget what was generated (keeps instance/)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache

.venv/core: requirements/core.txt scripts/setup.sh
	@sh scripts/setup.sh core
.venv/dev: requirements/dev.txt scripts/setup.sh
	@sh scripts/setup.sh dev

.PHONY: help run test check site bench clean
