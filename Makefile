# Everything one types. `make demo` and `make test` need only Python 3.11+, make and a network.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
VENDOR := core/web/static/vendor/stamp.txt

.PHONY: setup assets translations demo test browser lint bench bench-full dist clean

setup: $(STAMP) assets translations ## install everything into .venv

$(STAMP): setup.cfg pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,dev]'
	touch $@

assets: $(STAMP) ## front-end packages by lockfile
	$(BIN)/python -m core.web.assets

translations: $(STAMP) ## compile the message catalogues
	$(BIN)/python -m core.web.catalogues compile

demo: setup ## five real districts; make demo ARGS="--port 8001" for another port
	LINLI_MODE=demo $(BIN)/linli demo $(ARGS)

lint: setup ## style, types, import rules, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m core.web.catalogues check

test: setup lint ## the whole suite on embedded servers
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

browser: ## a browser and Chinese fonts, for the browser tests
	sh .ci/browser.sh

bench: setup ## measurements, each beside its yardstick
	$(BIN)/python -m bench

bench-full: setup
	$(BIN)/python -m bench --full

dist: setup ## wheel with assets and translations
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist .

clean: ## all that was made, except var/ with its data
	rm -rf .venv node_modules build dist artifacts *.egg-info core/web/static/vendor
