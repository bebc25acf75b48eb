"""What local roots tell of the source, by the settings and by the metadata of a distribution."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


PACKAGE = Path(__file__).resolve().parents[2]

SHA = "0123456789abcdef0123456789abcdef01234567"


def tags(tmp_path, **environment):
    env = {name: text for name, text in os.environ.items() if not name.startswith("DD_")}
    env.update(environment, PYTHONPATH=os.pathsep.join((str(PACKAGE), str(tmp_path))))
    code = "from ddtrace import _git; print(sorted(_git.root_tags().items()))"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return dict(eval(done.stdout))


@pytest.fixture
def distribution(tmp_path):
    info = tmp_path / "shop-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\nProject-URL: homepage, https://example.com\n"
        "Project-URL: source_code, https://example.com/shop.git#%s\n" % SHA
    )
    return tmp_path


def test_a_distribution_names_its_source(distribution):
    found = tags(distribution, DD_MAIN_PACKAGE="shop")
    assert found == {
        "_dd.git.repository_url": "https://example.com/shop.git",
        "_dd.git.commit.sha": SHA,
        "_dd.python_main_package": "shop",
    }


def test_the_settings_come_before_the_distribution(distribution):
    found = tags(distribution, DD_MAIN_PACKAGE="shop", DD_GIT_COMMIT_SHA="mine")
    assert found["_dd.git.commit.sha"] == "mine"
    assert found["_dd.git.repository_url"] == "https://example.com/shop.git"


def test_a_distribution_that_is_not_there(tmp_path):
    assert tags(tmp_path, DD_MAIN_PACKAGE="nowhere-to-be-found") == {"_dd.python_main_package": "nowhere-to-be-found"}


@pytest.mark.parametrize(
    "url, shown",
    [
        ("https://user:secret@example.com/a@b.git", "https://example.com/a@b.git"),
        ("ssh://git@example.com:22/r.git", "ssh://example.com:22/r.git"),
        ("git@example.com:u/r.git", "git@example.com:u/r.git"),
        ("https://example.com", "https://example.com"),
    ],
)
def test_a_login_in_the_url_goes_no_further(tmp_path, url, shown):
    assert tags(tmp_path, DD_GIT_REPOSITORY_URL=url) == {"_dd.git.repository_url": shown}


def test_off(tmp_path):
    assert tags(tmp_path, DD_TRACE_GIT_METADATA_ENABLED="false", DD_GIT_COMMIT_SHA=SHA) == {}
