"""Which source the traced program was built from, as its settings or its package tell it."""

import os

from ._config import config
from ._config import value


# Not tags of every span: they go to the local root under names of their own.
_TAGS = ("git.repository_url", "git.commit.sha")


def root_tags():
    """``_dd.git.*`` and ``_dd.python_main_package`` for local roots."""
    package = os.environ.get("DD_MAIN_PACKAGE", "")
    url = os.environ.get("DD_GIT_REPOSITORY_URL", "")
    sha = os.environ.get("DD_GIT_COMMIT_SHA", "")
    tags = config.tags
    url = url or tags.get(_TAGS[0], "")
    sha = sha or tags.get(_TAGS[1], "")
    if not (url or sha or package) or not value("DD_TRACE_GIT_METADATA_ENABLED"):
        return {}
    if package and not (url and sha):
        url, sha = _of_package(package, url, sha)
    found = {
        "_dd.git.repository_url": _without_login(url),
        "_dd.git.commit.sha": sha,
        "_dd.python_main_package": package,
    }
    return {key: text for key, text in found.items() if text}


def without_git(tags):
    """The tags that every span gets."""
    return {key: text for key, text in tags.items() if key not in _TAGS}


def _of_package(package, url, sha):
    """Completed from a distribution whose metadata say ``Project-URL: source_code, <url>#<sha>``."""
    from importlib import metadata

    try:
        links = metadata.metadata(package).get_all("Project-URL") or ()
    except metadata.PackageNotFoundError:
        return url, sha
    for link in links:
        label, _, target = link.partition(",")
        repository, separator, commit = target.strip().partition("#")
        if label.strip() == "source_code" and separator:
            return url or repository, sha or commit
    return url, sha


def _without_login(url):
    """A URL without what stands before the ``@`` of its host; ``git@host:path`` is no URL."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path
