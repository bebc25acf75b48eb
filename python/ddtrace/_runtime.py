"""Ties the process together: its settings, the core that writes spans, the collector.

Every call to the core about the process, not about spans, is made here.
"""

import os

from . import _collector
from ._config import asbool
from ._config import config
from ._config import given
from ._config import value
from ._config import warn


TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._tracer import Tracer

# Without one of these the core decides about traces alone, and nothing is imported for it.
_SAMPLING = ("DD_TRACE_SAMPLING_RULES", "DD_SPAN_SAMPLING_RULES", "DD_SPAN_SAMPLING_RULES_FILE", "DD_TRACE_RATE_LIMIT")
# What the collector is told of when code sets it.
_TOLD = {
    "service": "DD_SERVICE",
    "env": "DD_ENV",
    "version": "DD_VERSION",
    "tags": "DD_TAGS",
    "service_mapping": "DD_SERVICE_MAPPING",
}
_ring = None  # (pid, run directory, name) of the ring
_OF_THE_LOG = ("DD_TRACE_DEBUG", "DD_TRACE_LOG_LEVEL", "DD_TRACE_LOG_FILE", "OTEL_LOG_LEVEL")
_warned = False  # one line for an outage, in this process and in the children it forks


def enabled():
    return value("DD_TRACE_ENABLED")


def start():
    """What ``ddtrace-run`` and ``import ddtrace.auto`` do. Never raises."""
    if not enabled():
        return
    try:
        _set_up_log()
        from ._config import parse_tags
        from ._patch import patch_defaults

        environ = os.environ
        chosen = parse_tags(environ.get("DD_PATCH_MODULES", ""))
        if _odd_switches(chosen, environ):
            from ._switches import complain

            complain(chosen, environ)
        if "OTEL_LOGS_EXPORTER" in environ:
            from ._otel_settings import warn_about_logs

            warn_about_logs(environ)
        patch_defaults(**{name: asbool(text) for name, text in chosen.items()})
        if value("DD_TRACE_OTEL_ENABLED"):
            from . import _otel

            _otel.install()
        if os.environ.get("DD_TRACE_METHODS"):
            from . import _methods

            _methods.install()
        if value("DD_RUNTIME_METRICS_ENABLED"):
            from . import _runtime_metrics

            _runtime_metrics.enable()
        # Said here, before servers fork, so that not every worker says it.
        if _collector.binary() is None and not _collector.has_socket():
            _warn_no_binary()
    except Exception as error:
        _warn_once("tracing could not be started: %s: %s", type(error).__name__, error)


def _odd_switches(chosen, environ):
    """Whether something is switched that may not exist: only then is anything imported to look at it."""
    from ._integrations import INTEGRATIONS
    from ._settings import SETTINGS

    if any(name not in INTEGRATIONS or text.lower() not in ("true", "false") for name, text in chosen.items()):
        return True
    for name in environ:
        if name.endswith("_ENABLED") and name.startswith("DD_TRACE_") and name not in SETTINGS:
            if name[9:-8].lower() not in INTEGRATIONS:
                return True
    return False


def configure(tracer: "Tracer") -> None:
    """Give the core what the settings say. Called when the tracer is first imported. Never raises."""
    from . import _core

    try:
        _set_up_log()
        from . import _git
        from . import _span_extras

        _span_extras.MAX_FRAMES = config._span_traceback_max_size
        tracer._tags = _git.without_git(config.tags)
        _core.set_defaults(
            service=config.service,
            inferred_service=not config.is_service_user_provided,
            env=config.env or None,
            version=config.version or None,
            tags=tracer._tags,
            root_tags=_root_tags(),
            hostname=_hostname(),
            runtime_id=_new_runtime_id(),
            service_mapping=config.service_mapping,
            trace_id_128=config._128_bit_trace_id_enabled,
            partial_flush_min_spans=config._partial_flush_min_spans if config._partial_flush_enabled else 0,
            integration_services=config._integration_default_services,
        )
        config._notify(_apply)
        from . import _finishing

        _finishing.configure(tracer)
        if enabled():
            _core.set_opener(_open_ring)
            if _collector.in_container():
                import atexit

                atexit.register(_flush)
                _flush_on_sigterm()
            if any(given(name)[0] for name in _SAMPLING):
                from . import _sampler

                _sampler.install(tracer)
        else:
            tracer.enabled = False
    except Exception as error:
        _warn_once("the tracer could not be configured: %s: %s", type(error).__name__, error)


def _apply(name, new):
    """Code has set ``config.<name>``."""
    from . import _core

    _core.set_defaults(**{name: new})
    if name == "service":
        _core.set_defaults(inferred_service=not config.is_service_user_provided)
    if name in _TOLD:
        from . import _notes

        _notes.configured(_TOLD[name], new)


def _open_ring():
    """Called by the core when a process, or a child that it forked, starts its first span."""
    try:
        _make_ring()
    except Exception as error:
        _warn_once("no spans leave this process: %s: %s", type(error).__name__, error)


def _make_ring():
    global _ring
    from . import _core
    from . import _description
    from . import _notes
    from . import _ringfile

    runtime_id = _new_runtime_id()
    _core.set_defaults(runtime_id=runtime_id)
    wanted = value("DD_TRACE_RING_SIZE")
    size = _ringfile.ring_size(wanted)
    if size != wanted:
        warn("DD_TRACE_RING_SIZE=%d is no size of a ring: the power of two %d is used", wanted, size)
    description = _description.encode(runtime_id, _hostname())
    _notes.opened(runtime_id)
    try:
        directory = _collector.run_dir()
        _ringfile.ensure_run_dir(directory)
    except OSError as error:
        _warn_once("no spans leave this process: the run directory cannot be used: %s", error)
        return
    path = _core.open_ring(directory, size, description)
    _debug("process %d writes its spans to %s; %s", os.getpid(), path, description.decode())
    if path is not None:
        name = os.path.basename(path)
        _ring = (os.getpid(), directory, name)

        def see_to_collector():
            if not _collector.hello(directory, name):
                _start_collector()

        _core.set_on_control(lambda: _read_control(path + ".control"))
        see_to_collector()
        # One that is killed later is missed when nobody empties the ring.
        _core.set_on_filling(see_to_collector)
        return
    # No room for a file: memory that only the collector and we know of.
    fd = _core.open_ring_memfd(size, description)
    if fd is None:
        _warn_once("no spans leave this process: %s", _core.last_ring_failure())
        return
    name = "%d-memfd.ring" % os.getpid()
    _ring = (os.getpid(), directory, name)
    inode = os.fstat(fd).st_ino

    def hand_over():
        if _collector.hand_over(directory, name, fd):
            return True
        return _start_collector() and _collector.hand_over(directory, name, fd, patient=True)

    def hand_over_again():
        try:
            ours = os.fstat(fd).st_ino == inode
        except OSError:
            ours = False
        if ours:  # a program that becomes a daemon may have closed it
            hand_over()

    if hand_over():
        _core.set_on_control(lambda: _read_control(os.path.join(directory, name + ".control")))
        # The descriptor stays open: a collector that is started anew knows nothing of this ring.
        _core.set_on_filling(hand_over_again)
        return
    os.close(fd)
    _core.close_ring()
    _warn_once("no spans leave this process: %s has no room and no collector answers there", directory)


def _flush():
    """At the exit of a process in a container: when its first process ends, the collector ends with it."""
    from . import _core

    try:
        if _ring is not None and _ring[0] == os.getpid():
            head = _core.ring_stats().get("head", 0)  # threads that go on do not keep us
            _collector.flush(_ring[1], _ring[2], lambda: _core.ring_stats().get("tail", head) >= head)
    except Exception:
        pass  # nothing is left to be said to


def _flush_on_sigterm():
    """Let SIGTERM end the process a moment later, as ddtrace does in every process, where nothing else handles it."""
    import _signal  # the signal module imports enum

    def end(number, _frame):
        _flush()
        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)

    try:
        if _signal.getsignal(_signal.SIGTERM) == _signal.SIG_DFL:
            _signal.signal(_signal.SIGTERM, end)
    except ValueError:
        pass  # not the main thread


def _read_control(path):
    from . import _control

    _control.read(path)


def _start_collector():
    """Whether one may be there soon."""
    binary = _collector.binary()
    if binary is None:
        _warn_no_binary()
        return False
    _debug("no collector answers, starting %s", binary)
    try:
        _collector.start(binary)
    except OSError as error:
        _warn_once("traces wait in memory: the collector %s could not be started: %s", binary, error)
        return False
    return True


def _new_runtime_id():
    """A random UUID of version 4, as 32 hexadecimal digits."""
    random = bytearray(os.urandom(16))
    random[6] = random[6] & 0x0F | 0x40
    random[8] = random[8] & 0x3F | 0x80
    return random.hex()


def _root_tags():
    """Tags of every local root."""
    from . import _git

    tags = _git.root_tags()
    if value("DD_EXPERIMENTAL_PROPAGATE_PROCESS_TAGS_ENABLED"):
        from ._process_tags import process_tags

        tags["_dd.tags.process"] = process_tags(config.is_service_user_provided, config._inferred_base_service)
    return tags


def _hostname():
    if not config._report_hostname:
        return ""
    return os.environ.get("DD_HOSTNAME") or os.uname().nodename


def _set_up_log():
    environ = os.environ
    if any(environ.get(name) for name in _OF_THE_LOG):
        from ._log_settings import apply

        apply()


def _debug(message, *args):
    if config._debug_mode:
        import logging

        logging.getLogger("ddtrace").debug(message, *args)


def _warn_no_binary():
    _warn_once("traces wait in memory: there is no hoofprint binary to collect them; set HOOFPRINT_BIN to its path")


def _warn_once(message, *args):
    global _warned
    if not _warned:
        _warned = True
        try:
            warn(message, *args)
        except Exception:  # logging cannot be imported: no descriptor is left
            os.write(2, ("ddtrace: " + message % args + "\n").encode("utf-8", "replace"))
