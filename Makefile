# Two commands do everything on a fresh machine: `make autoencoder` and `make test`.
# Override what is installed with, for example, `make test TORCH="torch==2.8.0" PYTHON=python3.12`.
PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
JOBS ?= 2
BIN := $(VENV)/bin

# The budget of the comparison of generators, which two cores can afford.
SMALL := --num-layers 3 --node-dim 64 --pair-dim 16 --graph-dim 16 --learning-rate 2e-3 --warmup-steps 100 \
  --ema-decay 0.99 --beta2 0.99 --test-draws 4 --jobs $(JOBS)

.PHONY: autoencoder test lint types tests test-nightly test-scatter results clean

autoencoder: $(VENV)/.train  ## compare the methods in quick mode: a table and a picture in at most ten minutes
	$(BIN)/pyg-symbreak autoencoder --quick --jobs $(JOBS)

test: lint types tests  ## everything that continuous integration runs

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

tests: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS)

test-nightly: $(VENV)/.test  ## the slow tests, which `make test` leaves out
	$(BIN)/python -m pytest -q -m slow

test-scatter: $(VENV)/.test  ## compiles torch-scatter (about a quarter of an hour), then runs the tests on top of it
	$(BIN)/pip install --no-build-isolation torch-scatter
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS)

$(VENV)/.train: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/pip install --quiet "$(TORCH)"
	$(BIN)/pip install --quiet --editable ".[train]"
	touch $@

$(VENV)/.test: $(VENV)/.train
	$(BIN)/pip install --quiet --editable ".[all,test]"
	$(BIN)/pip install --quiet --no-deps timm  # for the tests of its weights; what it depends on is not needed
	touch $@

results: $(VENV)/.test  ## every number of the README (about four hours on two cores; a killed run goes on where it was)
	$(BIN)/pip install --quiet igraph fcd
	$(BIN)/pyg-symbreak autoencoder --jobs $(JOBS)
	for d in distance inner sorted; do $(BIN)/pyg-symbreak autoencoder --data er-0.25 --seeds 1 --decoder $$d \
	  --methods none noise uniform sympe-exact --jobs $(JOBS) \
	  --out results/autoencoder_decoders.json --picture runs/autoencoder_decoders.png; done
	$(BIN)/python benchmarks/autoencoder_fresh.py
	$(BIN)/python benchmarks/autoencoder_speed.py
	$(BIN)/python benchmarks/labeling.py --out results/labeling.json
	$(BIN)/pyg-symbreak diffusion compare $(SMALL) --data qm9 --max-steps 1500 --batch-size 512 --validate-every 500 \
	  --samples 5000 --sample-steps 100 --test-graphs 4096 --methods none noise sympe-exact sympe-learned
	$(BIN)/pyg-symbreak diffusion compare $(SMALL) --data qm9 --max-steps 1500 --batch-size 512 --validate-every 500 \
	  --samples 5000 --sample-steps 100 --test-graphs 4096 --methods sympe-walk --seeds 1
	$(BIN)/pyg-symbreak diffusion compare $(SMALL) --data qm9 --max-steps 1500 --batch-size 512 --validate-every 500 \
	  --samples 5000 --sample-steps 100 --test-graphs 4096 --methods sympe-exact@noisy
	$(BIN)/pyg-symbreak diffusion compare $(SMALL) --data qm9-h --max-steps 300 --batch-size 128 --validate-every 0 \
	  --samples 1000 --sample-steps 50 --sample-batch 250 --test-graphs 512 \
	  --methods none noise sympe-exact sympe-learned --out results/diffusion_h.json
	$(BIN)/pyg-symbreak diffusion compare --data planar --num-layers 4 --node-dim 64 --pair-dim 32 --graph-dim 16 \
	  --batch-size 16 --max-steps 250 --learning-rate 2e-3 --warmup-steps 50 --ema-decay 0.99 --beta2 0.99 --rrwp-steps 12 \
	  --validate-every 0 --sample-steps 100 --samples 40 --test-graphs 40 --test-draws 4 --seeds 1 \
	  --methods none sympe-exact --out results/diffusion_planar.json
	$(BIN)/python benchmarks/diffusion.py
	$(BIN)/pyg-symbreak symmetrize glyphs --jobs $(JOBS)
	$(BIN)/pyg-symbreak symmetrize separation --pairs 100 --jobs $(JOBS)
	$(BIN)/pyg-symbreak symmetrize exp-classify --draws 1 --jobs $(JOBS)
	$(BIN)/pyg-symbreak symmetrize exp-classify --draws 2 5 10 --methods walk-lps+mlp --jobs $(JOBS)
	$(BIN)/pyg-symbreak symmetrize nbody --jobs $(JOBS) --methods lps+transformer lps+gnn none+egnn uniform+transformer \
	  learned+transformer learned+gnn frame-averaging+gnn lps+gnn-plain lps+transformer-plain
	$(BIN)/python benchmarks/symmetrize.py --root data
	$(BIN)/python benchmarks/relaxed_memory.py
	$(BIN)/python benchmarks/ign.py
	$(BIN)/pyg-symbreak spins phases --methods none noise uniform sympe-exact sympe-energy --jobs $(JOBS)
	$(BIN)/pyg-symbreak spins zero-field --methods none noise uniform sympe-exact sympe-energy --jobs $(JOBS)
	$(BIN)/pyg-symbreak spins phases --methods graph-none graph-sympe graph-rank --epochs 6 --seeds 3 --jobs $(JOBS) \
	  --out results/spins_phases_graph.json
	$(BIN)/python benchmarks/spin_glass.py
	$(BIN)/python benchmarks/lattice.py
	$(BIN)/python docs/make_results.py

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
