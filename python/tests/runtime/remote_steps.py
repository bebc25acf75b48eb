"""What is pushed to a running program, and what its code sets: (name, environment, [(lib_config or None, line)])."""

LOCAL = {
    "DD_SERVICE": "svc",
    "DD_ENV": "prod",
    "DD_TAGS": "from:env,a:env",
    "DD_TRACE_HEADER_TAGS": "x-e:e.tag",
    "DD_TRACE_SAMPLING_RULES": '[{"resource": "GET /local", "sample_rate": 1.0}]',
}
PLAIN = {"DD_SERVICE": "svc", "DD_ENV": "prod"}

RULES = [
    {
        "service": "svc", "name": "web.*", "resource": "*x", "provenance": "customer", "sample_rate": 0.25,
        "tags": [{"key": "t", "value_glob": "x*"}],
    },
    {"service": "*", "name": "*", "resource": "*lo*", "tags": [], "provenance": "dynamic", "sample_rate": 0.75},
]  # fmt: skip
NULLS = dict.fromkeys(
    [
        "tracing_sampling_rate", "tracing_sampling_rules", "tracing_tags", "tracing_enabled", "tracing_header_tags",
        "log_injection_enabled",
    ]
)  # fmt: skip


def looks(*pushed):
    return [(config, "look") for config in pushed]


SCENARIOS = [
    ("nothing", LOCAL, looks({}, NULLS, {})),
    ("rate", PLAIN, looks(*({"tracing_sampling_rate": rate} for rate in (0.5, 0, 2)), {})),
    ("rate over local rules", LOCAL, looks({"tracing_sampling_rate": 0.5}, {})),
    ("rules", PLAIN, looks({"tracing_sampling_rules": RULES}, {"tracing_sampling_rules": RULES[1:]}, {})),
    ("rules over local rules", LOCAL, looks({"tracing_sampling_rules": RULES[:1]}, {})),
    ("rules and rate", LOCAL, looks({"tracing_sampling_rules": RULES[:1], "tracing_sampling_rate": 0.125}, NULLS)),
    ("tags", PLAIN, looks({"tracing_tags": ["k:v", "c:"]}, {"tracing_tags": ["a:b"]}, {"tracing_tags": []}, {})),
    ("tags over local tags", LOCAL, looks({"tracing_tags": ["k: v ", "env:other"]}, NULLS)),
    ("tags and code", LOCAL, [
        (None, 'tags = {"from": "code"}'), ({"tracing_tags": ["k:v"]}, "look"), ({}, "look"),
        ({"tracing_tags": ["k:v"]}, 'tags = {"from": "later"}'), ({}, "look"),
    ]),
    ("header tags", LOCAL, looks(
        {"tracing_header_tags": [{"header": "X-A", "tag_name": "a.tag"}, {"header": "x-b", "tag_name": ""}]}, {},
    )),
    ("logs", PLAIN, looks({"log_injection_enabled": False}, {"log_injection_enabled": True}, {})),
    ("logs and code", PLAIN, [
        (None, "_logs_injection = false"), ({"log_injection_enabled": True}, "look"), ({}, "look"),
    ]),
    ("switched off", LOCAL, looks({"tracing_enabled": False}, {})),
    ("switched on", LOCAL, looks({"tracing_enabled": True}, {})),
]  # fmt: skip
