"""Our public names, kinds, values and signatures against those of ddtrace 4.16 (expected/public_api.json)."""

import fnmatch
import json
import os
import subprocess
import sys

import pytest


HERE = os.path.dirname(os.path.abspath(__file__))

_INTERNAL = "something internal that the module happens to import; no application can mean it"
_TEST_VISIBILITY = "test visibility comes later; its constants are here"
_BY_OPENTELEMETRY = "the parent of the class is OpenTelemetry's, whose signature is not ours to keep"

# module.name or module.name.member -> why it is not as in ddtrace 4.16. Nothing else may differ.
EXCEPTIONS = {
    "ddtrace.contrib.*.ArgumentError": _INTERNAL,
    "ddtrace.contrib.*.DbQueryEvent": _INTERNAL,
    "ddtrace.contrib.*.deprecate": _INTERNAL,
    "ddtrace.contrib.*.get_argument_value": _INTERNAL,
    "ddtrace.contrib.trace_utils.DDTraceDeprecationWarning": _INTERNAL,
    "ddtrace.*.get_logger": _INTERNAL,
    "ddtrace.ext.*.env": _INTERNAL,
    "ddtrace.ext.aws.TYPE_CHECKING": _INTERNAL,
    "ddtrace.ext.git.StopWatch": _INTERNAL,
    "ddtrace.ext.git.cached": _INTERNAL,
    "ddtrace.ext.sql.ModuleWatchdog": _INTERNAL,
    "ddtrace.ext.sql.use_psycopg?_parse_dsn": _INTERNAL,
    "ddtrace.propagation.http.MetricRecorder": _INTERNAL,
    "ddtrace.propagation.http.get_metric_recorder": _INTERNAL,
    "ddtrace.propagation.http.TELEMETRY_NAMESPACE": _INTERNAL,
    "ddtrace.propagation.http.Tagset*Error": _INTERNAL,
    "ddtrace.propagation.http.decode_tagset_string": _INTERNAL,
    "ddtrace.propagation.http.encode_tagset_values": _INTERNAL,
    "ddtrace.propagation.http.ensure_text": _INTERNAL,
    "ddtrace.propagation.http.get_wsgi_header": _INTERNAL,
    "ddtrace.propagation.http.standalone_config": _INTERNAL,
    "ddtrace.propagation.http.validate_sampling_decision": _INTERNAL,
    "ddtrace.propagation.http.w3c_tracestate_*": _INTERNAL,
    "ddtrace.ext.ci.extract_*": _TEST_VISIBILITY,
    "ddtrace.ext.ci.tags": _TEST_VISIBILITY,
    "ddtrace.ext.ci.github_actions.extract_github_actions": _TEST_VISIBILITY,
    "ddtrace.ext.git.build_git_packfiles": _TEST_VISIBILITY,
    "ddtrace.ext.git.extract_*": _TEST_VISIBILITY,
    "ddtrace.ext.git.get_rev_list_excluding_commits": _TEST_VISIBILITY,
    "ddtrace.ext.git.is_ref_a_tag": _TEST_VISIBILITY,
    "ddtrace.ext.git.normalize_ref": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.Context": _INTERNAL,
    "ddtrace.ext.test_visibility.api.Test": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.TestBase": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.Test*Id": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.TestModule": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.TestSession": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.TestSuite": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.*_test_visibility*": _TEST_VISIBILITY,
    "ddtrace.ext.test_visibility.api.require_ci_visibility_service": _INTERNAL,
    "ddtrace.ext.test_visibility.*.TestSourceFileInfoBase": _INTERNAL,
    "ddtrace.trace.Tracer.data_streams_processor": "data streams come later",
}

_INTEGRATION = "comes with the integration"
_PRODUCT = "the product comes later"

# Public modules of ddtrace 4.16 that are not here, and why. Nothing else may be absent.
ABSENT_MODULES = {
    "ddtrace.aiguard*": _PRODUCT,
    "ddtrace.appsec*": _PRODUCT,
    "ddtrace.data_streams": _PRODUCT,
    "ddtrace.debugging*": _PRODUCT,
    "ddtrace.errortracking*": _PRODUCT,
    "ddtrace.llmobs*": _PRODUCT,
    "ddtrace.openfeature": _PRODUCT,
    "ddtrace.profiling*": _PRODUCT,
    "ddtrace.sourcecode*": _PRODUCT,
    "ddtrace.testing*": _PRODUCT,
    "ddtrace.contrib.aiohttp": _INTEGRATION,
    "ddtrace.contrib.bottle": _INTEGRATION,
    "ddtrace.contrib.celery": _INTEGRATION,
    "ddtrace.contrib.cherrypy": _INTEGRATION,
    "ddtrace.contrib.falcon": _INTEGRATION,
    "ddtrace.contrib.flask_cache": _INTEGRATION,
    "ddtrace.contrib.pylibmc": _INTEGRATION,
    "ddtrace.contrib.pyramid": _INTEGRATION,
    "ddtrace.contrib.ray": _INTEGRATION,
    "ddtrace.contrib.sqlalchemy": _INTEGRATION,
}


def reason(path):
    return next((why for pattern, why in EXCEPTIONS.items() if fnmatch.fnmatchcase(path, pattern)), None)


def load(name):
    with open(os.path.join(HERE, "expected", name)) as captured:
        return json.load(captured)


EXPECTED = load("public_api.json")


@pytest.fixture(scope="module")
def ours():
    env = {key: text for key, text in os.environ.items() if not key.startswith("DD_")}
    env.update(HOOFPRINT_BIN="/nonexistent", DD_TRACE_ENABLED="false")
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "describe.py")], env=env, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def differences(path, theirs, mine):
    """(path, what ddtrace has, what we have) of each difference that no exception explains."""
    if theirs == mine or reason(path):
        return []
    if mine is None or theirs["kind"] != mine["kind"]:
        # A plain function serves where a method of a C type does, and the other way round.
        return [(path, theirs, mine)]
    if theirs["kind"] != "class":
        if "parameters" in theirs and (theirs["parameters"] is None or mine["parameters"] is None):
            return []  # one of them is a C function that does not tell
        return [(path, theirs, mine)]
    made = []
    for name, member in theirs["members"].items():
        made += differences("%s.%s" % (path, name), member, mine["members"].get(name))
    # None: a class of C that does not tell, as Python 3.9 has them.
    if theirs.get("parameters") and mine.get("parameters", ()) not in (None, theirs["parameters"]):
        made.append((path + "()", theirs["parameters"], mine.get("parameters")))
    return made


@pytest.mark.parametrize("module", EXPECTED)
def test_the_api_is_that_of_ddtrace(ours, module):
    about = ours[module]
    if "import fails" in about and module in ("ddtrace.opentelemetry", "ddtrace.contrib.requests"):
        pytest.skip(about["import fails"])  # the library that it is for is not installed
    assert "import fails" not in about, about
    found = []
    for name, theirs in EXPECTED[module].items():
        found += differences("%s.%s" % (module, name), theirs, about["names"].get(name))
    assert not found, "\n".join("%s: ddtrace has %s, we have %s" % difference for difference in found)


@pytest.mark.parametrize("module, names", load("lists.json")["__all__"].items())
def test_star_imports_give_the_same_names(ours, module, names):
    if "import fails" in ours[module]:
        pytest.skip(ours[module]["import fails"])
    assert ours[module]["all"] == names


def test_the_modules_are_those_of_ddtrace():
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, "describe.py"), "--modules"], stdout=subprocess.PIPE, check=True
    )
    ours, theirs = set(json.loads(done.stdout)), list(load("lists.json")["modules"])
    excepted = {pattern: set(fnmatch.filter(theirs, pattern)) for pattern in ABSENT_MODULES}
    absent = set().union(*excepted.values())
    assert set(theirs) - ours - absent == set()
    assert absent & ours == set(), "these are here now: compare them"
    for pattern, names in excepted.items():
        assert names, "%s is no module of ddtrace 4.16" % pattern
    # Every other one is compared, but for those that start something when they are imported.
    starting = {"ddtrace.bootstrap.sitecustomize", "ddtrace.bootstrap.preload"}
    internal = {"ddtrace.bootstrap.cloning", "ddtrace.commands.ddtrace_run"}
    assert set(theirs) - absent - set(EXPECTED) == starting | internal


def test_every_exception_is_needed():
    paths = []
    for module, names in EXPECTED.items():
        for name, about in names.items():
            paths.append("%s.%s" % (module, name))
            paths += ["%s.%s.%s" % (module, name, member) for member in about.get("members", ())]
    for pattern in EXCEPTIONS:
        assert fnmatch.filter(paths, pattern), "%s is no name of ddtrace 4.16" % pattern


def test_importing_ddtrace_imports_next_to_nothing():
    code = "import sys; before = set(sys.modules); import ddtrace; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["ddtrace", "ddtrace.version"]


def test_submodules_are_attributes_of_their_package():
    code = "import ddtrace, ddtrace.contrib; print(ddtrace.contrib.trace_utils.__name__, ddtrace.trace.tracer)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ddtrace.contrib.trace_utils ")
