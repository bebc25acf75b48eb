"""What is said, in one line each, about settings that cannot be taken as they are written."""

import json
from pathlib import Path

import pytest
from ddtrace._integration_config import NAMES
from ddtrace._integrations import INTEGRATIONS
from ddtrace._settings import ATTRIBUTES
from ddtrace._settings import SETTINGS
from ddtrace._switches import OTHERS
from ddtrace._switches import known
from processes import BOOTSTRAP
from processes import python


REGISTRY = Path(__file__).resolve().parents[3] / "settings" / "registry.json"


@pytest.fixture(scope="module")
def registry():
    return {entry["name"]: entry for entry in json.loads(REGISTRY.read_text(encoding="utf-8"))["settings"]}


def test_every_switch_of_the_registry_is_an_integration_or_listed(registry):
    names = list(registry) + [alias for entry in registry.values() for alias in entry.get("aliases", ())]
    switches = {name[9:-8] for name in names if name.startswith("DD_TRACE_") and name.endswith("_ENABLED")}
    others = {switch for switch in switches if switch and switch.lower() not in known()}
    assert others == OTHERS


def test_every_integration_of_ours_is_known():
    assert set(INTEGRATIONS) <= known()


def test_what_is_resolved_is_in_the_table():
    assert set(ATTRIBUTES.values()) <= set(SETTINGS)
    assert not NAMES & set(ATTRIBUTES)


START = "import ddtrace.auto, logging\nfrom ddtrace.trace import tracer\nwith tracer.trace('one'): pass\n"


@pytest.mark.parametrize(
    "lines",
    [
        {
            "DD_PATCH_MODULES=flsk:true": "DD_PATCH_MODULES: there is no integration 'flsk': did you mean flask?",
            "DD_TRACE_BOGUS_ENABLED=true": "DD_TRACE_BOGUS_ENABLED: there is no integration 'bogus'",
            "DD_TRACE_CONSUL_ENABLED=true": "DD_TRACE_CONSUL_ENABLED switches consul on, which is not traced yet",
            "DD_TRACE_BOTTLE_ENABLED=false": None,
            "DD_TRACE_GIT_METADATA_ENABLED=true": None,
            "DD_TRACE_FLASK_ENABLED=on": "DD_TRACE_FLASK_ENABLED='on' is neither true nor false: false is used",
            "DD_TRACE_AGENT_URL=localhost:8126": "DD_TRACE_AGENT_URL='localhost:8126' begins with none of http://",
            "DD_TAGS=garbage": "DD_TAGS='garbage': 'garbage' is no key:value, it gets an empty value",
            "DD_SERVICE=": "DD_SERVICE is empty",
            "DD_TRACE_API_VERSION=v9": "DD_TRACE_API_VERSION='v9' is not v0.4 or v0.5",
            "DD_TRACE_SAMPLING_RULES=not json": "DD_TRACE_SAMPLING_RULES is ignored: it is not JSON",
            "OTEL_LOGS_EXPORTER=otlp": "OTEL_LOGS_EXPORTER='otlp' is ignored: only none is known",
            "OTEL_LOG_LEVEL=warn": "OTEL_LOG_LEVEL='warn' is ignored: only debug is known",
        },
        {
            "DD_PATCH_MODULES=flask:x": "DD_PATCH_MODULES: flask:x is neither true nor false: false is used",
            "DD_TRACE_ENABLED=TRUE": None,
        },
        {"DD_TRACE_ENABLED=maybe": "DD_TRACE_ENABLED='maybe' is neither true nor false: false is used"},
    ],
)
def test_one_line_at_the_start(tmp_path, lines):
    done = python(tmp_path, "-c", START, **dict(variable.split("=", 1) for variable in lines))
    assert done.returncode == 0
    said = done.stderr.splitlines()
    expected = [line for line in lines.values() if line]
    for line in expected:
        assert sum(each.startswith(line) for each in said) == 1, (line, done.stderr)
    assert len(said) == len(expected), done.stderr


SHOW = """
from ddtrace import config
from ddtrace.trace import tracer
with tracer.trace("one") as span:
    tags = span.get_tag("team"), span.get_tag("env"), span.get_tag("version")
print(tracer.enabled, config.service, *tags, config._propagation_style_inject)
"""
OTEL = {
    "OTEL_SERVICE_NAME": "shop",
    "OTEL_RESOURCE_ATTRIBUTES": "team=a,deployment.environment=prod,service.version=7",
    "OTEL_PROPAGATORS": "b3,tracecontext",
}
SEEN = "True shop a prod 7 ['b3', 'tracecontext']\n"


def test_opentelemetry_under_ddtrace_run(tmp_path):
    done = python(tmp_path, "-c", SHOW, **OTEL, PYTHONPATH=str(BOOTSTRAP))
    assert (done.stdout, done.stderr) == (SEEN, "")


def test_opentelemetry_with_import_auto(tmp_path):
    done = python(tmp_path, "-c", "import ddtrace.auto\n" + SHOW, **OTEL)
    assert (done.stdout, done.stderr) == (SEEN, "")


def test_opentelemetry_switches_tracing_off(tmp_path):
    program = START + "import sys\nprint(tracer.enabled, 'ddtrace._patch' in sys.modules)\n"
    assert python(tmp_path, "-c", program, OTEL_TRACES_EXPORTER="none").stdout == "False False\n"
    assert list(tmp_path.iterdir()) == []
    assert python(tmp_path, "-c", program, OTEL_TRACES_EXPORTER="none", DD_TRACE_ENABLED="1").stdout == "True True\n"


@pytest.mark.parametrize(("sampler", "kept"), [("parentbased_always_off", "-1"), ("parentbased_always_on", "2")])
def test_opentelemetry_samples(tmp_path, sampler, kept):
    program = (
        "import ddtrace.auto\nfrom ddtrace.trace import tracer\n"
        "with tracer.trace('one') as span: tracer.sample(span); print(span.context.sampling_priority)\n"
    )
    assert python(tmp_path, "-c", program, OTEL_TRACES_SAMPLER=sampler).stdout.strip() == kept
