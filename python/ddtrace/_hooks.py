"""Run a callback right after a module has been imported.

A finder at the head of ``sys.meta_path`` looks each name up in one dictionary;
for a name nobody waits for, that is all. For a name somebody waits for it asks
the other finders, leaves their spec and loader as they are, and shadows the
loader's ``exec_module`` with an instance attribute that removes itself. No
module, spec or loader is replaced, ``sys.modules`` is not touched.
"""

import sys
from _thread import get_ident


class ImportHook:
    """A meta path finder that knows which modules are waited for."""

    def __init__(self):
        self._callbacks = {}  # module name -> [callback]
        self._searching = set()  # (thread, module name): a finder asking us back gets no answer

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._callbacks:
            return None
        key = (get_ident(), fullname)
        if key in self._searching:
            return None
        self._searching.add(key)
        try:
            for finder in list(sys.meta_path):
                find_spec = getattr(finder, "find_spec", None)
                if finder is self or find_spec is None:
                    continue
                spec = find_spec(fullname, path, target)
                if spec is not None:
                    if getattr(spec.loader, "exec_module", None) is not None:
                        self._shadow(spec)
                    return spec
        finally:
            self._searching.discard(key)
        return None

    def add(self, name, callback):
        self._callbacks.setdefault(name, []).append(callback)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self):
        """Forget every callback and leave ``sys.meta_path``."""
        self._callbacks.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def _shadow(self, spec):
        loader, name = spec.loader, spec.name
        exec_module = loader.exec_module

        def exec_module_then_call(module):
            shared = module.__name__ != name  # one zipimporter serves a whole archive
            if not shared:
                loader.__dict__.pop("exec_module", None)
            exec_module(module)
            if not shared:
                self._imported(name, module)

        try:
            if isinstance(loader, type):
                raise TypeError  # built-in and frozen modules: the class itself is the loader
            loader.exec_module = exec_module_then_call
        except (AttributeError, TypeError):
            spec.loader = _ShadowLoader(self, loader)

    def _imported(self, name, module):
        for callback in self._callbacks.pop(name, ()):
            callback(module)


class _ShadowLoader:
    """Stands in, until the module is executed, for a loader that takes no attributes."""

    def __init__(self, hook, loader):
        self._hook = hook
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._hook._imported(module.__name__, module)


hook = ImportHook()


def when_imported(name, callback):
    """Call ``callback(module)`` once, now if ``name`` is imported already, else when it is."""
    module = sys.modules.get(name)
    if module is not None:
        callback(module)
    else:
        hook.add(name, callback)
