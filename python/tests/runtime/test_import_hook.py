"""Callbacks run after the import of a module, and imports are otherwise as they were."""

import importlib
import importlib.machinery
import importlib.util
import sys
import threading
import zipfile

import pytest
from ddtrace import _hooks


@pytest.fixture
def hook(monkeypatch, tmp_path):
    """A hook of the test's own, and a directory of modules that are forgotten afterwards."""
    hook = _hooks.ImportHook()
    monkeypatch.setattr(_hooks, "hook", hook)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield hook
    hook.remove()
    for name in set(sys.modules) - before:
        if name.startswith("hooked"):
            del sys.modules[name]


def test_runs_once_after_the_module_was_executed(hook, tmp_path):
    (tmp_path / "hooked.py").write_text("x = 1\ny = 2\n")
    seen = []
    _hooks.when_imported("hooked", lambda module: seen.append((module, module.y)))
    assert seen == []
    import hooked

    assert seen == [(hooked, 2)]
    importlib.reload(hooked)
    assert len(seen) == 1


def test_runs_at_once_for_a_module_that_is_there(hook):
    seen = []
    _hooks.when_imported("sys", seen.append)
    assert seen == [sys]
    assert hook not in sys.meta_path


def test_loader_and_spec_are_those_of_a_plain_import(hook, tmp_path):
    (tmp_path / "hooked.py").write_text("")
    (tmp_path / "hooked_plain.py").write_text("")
    _hooks.when_imported("hooked", lambda module: None)
    import hooked
    import hooked_plain

    assert type(hooked.__spec__.loader) is type(hooked_plain.__spec__.loader)
    assert hooked.__loader__ is hooked.__spec__.loader
    assert sorted(vars(hooked.__loader__)) == sorted(vars(hooked_plain.__loader__))
    assert hooked.__spec__.origin == str(tmp_path / "hooked.py")
    assert sys.modules["hooked"] is hooked


def test_submodules_and_packages(hook, tmp_path):
    (tmp_path / "hooked_package").mkdir()
    (tmp_path / "hooked_package" / "__init__.py").write_text("")
    (tmp_path / "hooked_package" / "inner.py").write_text("value = 3\n")
    seen = []
    _hooks.when_imported("hooked_package.inner", lambda module: seen.append(module.value))
    import hooked_package

    assert seen == []
    assert hooked_package.__path__
    importlib.import_module("hooked_package.inner")
    assert seen == [3]


def test_a_module_that_fails_stays_failing(hook, tmp_path):
    (tmp_path / "hooked_broken.py").write_text("raise ZeroDivisionError\n")
    seen = []
    _hooks.when_imported("hooked_broken", seen.append)
    with pytest.raises(ZeroDivisionError):
        import hooked_broken
    with pytest.raises(ModuleNotFoundError):
        _hooks.when_imported("hooked_absent", seen.append)
        import hooked_absent  # noqa: F401
    assert seen == []
    (tmp_path / "hooked_broken.py").write_text("value = 10000000000000000000000000\n")
    importlib.invalidate_caches()
    import hooked_broken

    assert seen == [hooked_broken], "the callback waits for the import that works"


def test_looking_a_module_up_runs_nothing(hook, tmp_path):
    (tmp_path / "hooked.py").write_text("")
    seen = []
    _hooks.when_imported("hooked", seen.append)
    spec = importlib.util.find_spec("hooked")
    assert spec is not None and seen == []
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert seen == [module]


def test_a_finder_that_asks_back_gets_an_answer(hook, tmp_path):
    (tmp_path / "hooked.py").write_text("")

    class AsksBack:
        """As other import hooks do: who would find it if I was not here?"""

        def find_spec(self, name, path=None, target=None):
            return importlib.util.find_spec(name) if name == "hooked" and self.first() else None

        def first(self):
            asked, self.asked = getattr(self, "asked", False), True
            return not asked

    finder = AsksBack()
    sys.meta_path.insert(0, finder)
    try:
        seen = []
        _hooks.when_imported("hooked", seen.append)
        import hooked

        assert seen == [hooked]
    finally:
        sys.meta_path.remove(finder)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the zip importer of 3.9 has no exec_module")
def test_modules_in_a_zip_file_share_a_loader(hook, tmp_path, monkeypatch):
    archive = str(tmp_path / "modules.zip")
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("hooked_zip", "hooked_zip_other"):
            made.writestr(name + ".py", "value = 5\n")
    monkeypatch.syspath_prepend(archive)
    seen = []
    _hooks.when_imported("hooked_zip", lambda module: seen.append(module.__name__))
    _hooks.when_imported("hooked_zip_other", lambda module: seen.append(module.__name__))
    import hooked_zip_other

    assert seen == ["hooked_zip_other"]
    import hooked_zip

    assert seen == ["hooked_zip_other", "hooked_zip"]
    assert hooked_zip.value == hooked_zip_other.value == 5


def test_a_loader_that_takes_no_attributes(hook, monkeypatch):
    """Frozen modules have a class for a loader, the same for all of them."""
    monkeypatch.delitem(sys.modules, "__hello__", raising=False)
    seen = []
    _hooks.when_imported("__hello__", seen.append)
    hello = importlib.import_module("__hello__")
    assert seen == [hello]
    assert hello.__spec__.loader is hello.__loader__ is importlib.machinery.FrozenImporter
    assert "exec_module" in vars(importlib.machinery.FrozenImporter)
    assert isinstance(vars(importlib.machinery.FrozenImporter)["exec_module"], staticmethod)


def test_two_threads_importing_at_once(hook, tmp_path):
    (tmp_path / "hooked.py").write_text("import time\ntime.sleep(0.05)\nvalue = 1\n")
    seen = []
    _hooks.when_imported("hooked", lambda module: seen.append(module.value))
    threads = [threading.Thread(target=importlib.import_module, args=("hooked",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1]
