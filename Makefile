# `make demo` and `make test` are all a new machine needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export ADVISOR_HOME ?= $(CURDIR)/.advisor

.PHONY: demo test bench eval eval-local figures serve lock clean

demo: $(VENV)/.installed
	$(BIN)/advisor demo

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

serve: $(VENV)/.installed
	$(BIN)/advisor serve

# PUBLIC: folder of the public documents; BEIR: folders of collections. Neither is shipped; their figures stay without.
eval: $(VENV)/.installed-peers
	$(BIN)/advisor eval all --peers --gate evals/gate.toml --report eval.html --docs $(foreach one,$(BEIR),--beir $(one)) \
	  $(if $(PUBLIC),--set evals/sets/public.jsonl --pairs evals/sets/verifier_public.jsonl --corpus $(PUBLIC))

eval-local: $(VENV)/.installed-local  # the guidance set, written by the bundled model: a quarter of an hour
	ADVISOR_LLM=local ADVISOR_LLM_TIMEOUT_S=60 $(BIN)/advisor eval guidance --docs

# Every figure of README.md and docs/, measured and written into them: an hour or two, and quiet ones.
figures: eval eval-local
	$(BIN)/python -m evals.verifier.fitting $(ADVISOR_HOME) --docs
	$(BIN)/advisor bench --size 1k --size 10k --size 100k --size 1M --docs $(foreach one,$(BEIR),--beir $(one)) \
	  $(if $(PUBLIC),--public $(PUBLIC))

bench: $(VENV)/.installed
	$(BIN)/advisor bench

$(VENV)/.installed: pyproject.toml requirements.lock
	@echo "==> creating $(VENV) and installing (some minutes the first time)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock torch==2.13.0
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock -e '.[dev]'
	touch $@

$(VENV)/.installed-peers: $(VENV)/.installed
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock -e '.[peers,openai]'
	$(BIN)/pip install --disable-pip-version-check --no-deps llama-index-retrievers-bm25==0.8.0
	touch $@

$(VENV)/.installed-local: $(VENV)/.installed  # llama.cpp is compiled: ten minutes
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock -e '.[local]'
	touch $@

lock: $(VENV)/.installed-dev
	(echo '# Every package of the tested environment (CPython 3.11, Linux). Made by `make lock`.'; \
	 $(BIN)/pip freeze --exclude-editable | sed 's/+cpu//') > requirements.lock

clean:
	rm -rf $(VENV) .advisor dist
