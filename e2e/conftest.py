import subprocess
import sys
from pathlib import Path

import pytest


sys.path.insert(0, str(Path(__file__).parent))

from product import BINARY
from product import Product


@pytest.fixture(scope="session", autouse=True)
def built():
    if not BINARY.exists():
        pytest.exit("bin/hoofprint is not built: run make build", returncode=2)


@pytest.fixture
def product(tmp_path):
    running = Product(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def idle_product(tmp_path):
    """The product's directories and ports, with nothing started; collectors of its run dir are ended."""
    quiet = Product(tmp_path)
    yield quiet
    quiet.stop()
    subprocess.run(["pkill", "-f", str(quiet.run_dir)], check=False)
