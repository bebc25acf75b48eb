"""The way back: the control word, the agent's rates, notes."""

import json
import os
import struct

import pytest
from ddtrace import _core
from ddtrace.trace import Context


KNUTH_INVERSE = pow(1111111111111111111, -1, 1 << 64)


def raise_word(rings):
    (name,) = os.listdir(rings.directory)
    with open(os.path.join(rings.directory, name), "r+b") as file:
        file.seek(388)
        (now,) = struct.unpack("<I", file.read(4))
        file.seek(388)
        file.write(struct.pack("<I", (now + 1) % (1 << 32)))


def test_a_raised_word_is_seen_at_the_next_local_root(tracer, rings):
    calls = []
    _core.set_on_control(lambda: calls.append(1))
    with tracer.trace("root"):
        raise_word(rings)
        with tracer.trace("child"):
            pass
        assert calls == []
        with tracer.start_span("other root"):
            assert calls == [1]
        with tracer.start_span("remote", child_of=Context(1, 2)):
            assert calls == [1]
    raise_word(rings)
    raise_word(rings)
    with tracer.start_span("remote", child_of=Context(1, 2)):
        assert calls == [1, 1]


def test_who_asks_late_hears_of_it(tracer, rings):
    tracer.trace("root").finish()
    raise_word(rings)
    tracer.trace("root").finish()
    calls = []
    _core.set_on_control(lambda: calls.append(1))
    tracer.trace("root").finish()
    assert calls == [1]


def test_the_callback_acts_before_the_span(tracer, rings):
    def apply():
        tracer.trace("within").finish()
        _core.set_defaults(service="new", tags={"by": "control"})
        raise ValueError("counted")

    tracer.trace("before").finish()
    failures = _core.ring_stats()["failures"]
    _core.set_on_control(apply)
    raise_word(rings)
    tracer.trace("after").finish()
    found = rings.spans()
    assert found["after"][0]["service"] == "new" and found["after"][0]["tags"]["by"] == "control"
    assert len(found["within"]) == 1
    assert _core.ring_stats()["failures"] == failures + 1


def test_the_callback_may_take_the_ring_away(tracer, rings):
    tracer.trace("before").finish()
    raise_word(rings)
    _core.set_on_control(_core.close_ring)
    tracer.trace("after").finish()
    tracer.trace("later").finish()
    assert {name for reader in rings.readers() for name in [s["name"] for s in reader.spans()]} >= {"before"}


def test_a_childs_word_is_its_own(tracer, rings):
    calls = []
    _core.set_on_control(lambda: calls.append(1))
    tracer.trace("root").finish()
    raise_word(rings)
    pid = os.fork()
    if pid == 0:
        tracer.trace("child").finish()
        os._exit(len(calls))
    assert os.waitpid(pid, 0)[1] == 0
    tracer.trace("root").finish()
    assert calls == [1]


def decided(rings, name):
    found = rings.span(name)
    return (
        found["metrics"].get("_sampling_priority_v1"),
        found["tags"].get("_dd.p.dm"),
        found["metrics"].get("_dd.agent_psr"),
        found["tags"].get("_dd.p.ksr"),
    )


# As ddtrace 4.16 decides: the exact service and environment, no fall-back to "service:,env:".
@pytest.mark.parametrize(
    "service, env, expected",
    [
        ("svc", None, (1, "-1", 1.0, "1")),
        ("svc", "prod", (0, "-1", 0.0, "0")),
        ("svc", "staging", (1, "-0", None, None)),
        ("SVC", None, (1, "-0", None, None)),
        ("", None, (0, "-1", 0.0, "0")),
        ("big", None, (1, "-1", 1.0, "1")),
        ("negative", None, (0, "-1", 0.0, "0")),
        ("whole", None, (1, "-1", 1.0, "1")),
        ("text", None, (1, "-0", None, None)),
        ("nan", None, (1, "-0", None, None)),
        ("true", None, (1, "-0", None, None)),
        ("none", None, (1, "-0", None, None)),
    ],
)
def test_rates(tracer, rings, service, env, expected):
    _core.set_rates(
        {
            "service:svc,env:": 1.0, "service:svc,env:prod": 0.0, "service:,env:": 0, "service:big,env:": 1.5,
            "service:negative,env:": -1, "service:whole,env:": 1, "service:text,env:": "0.5",
            "service:nan,env:": float("nan"), "service:true,env:": True, 5: 0.5,
        }
    )  # fmt: skip
    with tracer.trace("root", service=service) as span:
        if env:
            span.set_tag("env", env)
        tracer.trace("child").finish()
    assert decided(rings, "root") == expected
    assert not rings.span("child")["tags"].get("_dd.p.ksr")


@pytest.mark.parametrize("offset, priority", [(-1, 1), (0, 1), (1, 0)])
def test_the_share_that_is_kept(tracer, rings, offset, priority):
    _core.set_rates({"service:svc,env:": 0.5})
    context = Context((7 << 64) | ((1 << 63) + offset) * KNUTH_INVERSE % (1 << 64), 3)
    tracer.start_span("root", child_of=context).finish()
    assert decided(rings, "root") == (priority, "-1", 0.5, "0.5")


@pytest.mark.parametrize(
    "rate, text",
    [(1 / 3, "0.333333"), (1e-7, "0"), (0.0000005, "0.000001"), (0.1, "0.1"), (0.9999999, "1"), (0.25, "0.25")],
)
def test_the_text_of_a_rate(tracer, rings, rate, text):
    _core.set_rates({"service:svc,env:": rate})
    tracer.trace("root").finish()
    assert decided(rings, "root")[2:] == (rate, text)


def test_rates_yield_to_rules_and_decisions(tracer, rings):
    _core.set_rates({"service:svc,env:": 0.0})
    _core.set_sampler(lambda root: root._override_sampling_decision(2, 3) if root.resource == "ruled" else None)
    tracer.trace("ruled").finish()
    tracer.trace("unruled").finish()
    tracer.start_span("decided", child_of=Context(1, 2, sampling_priority=1)).finish()
    with tracer.trace("manual") as span:
        span.set_tag("manual.keep")
    tracer.start_span("maker", child_of=Context(1, 2, meta={"_dd.p.dm": "-4"})).finish()
    assert decided(rings, "ruled") == (2, "-3", None, None)
    assert decided(rings, "unruled") == (0, "-1", 0.0, "0")
    assert decided(rings, "decided") == (1, None, None, None)
    assert decided(rings, "manual") == (2, "-4", None, None)
    assert decided(rings, "maker") == (0, "-4", 0.0, "0")


def test_rates_at_an_early_decision(tracer, rings):
    _core.set_rates({"service:svc,env:": 0.0})
    with tracer.trace("root") as root:
        tracer.sample(root)
        assert (root.context.sampling_priority, root.context._meta["_dd.p.dm"]) == (0, "-1")
        root.service = "other"
        root.set_tag("manual.keep")
    (decision,) = rings.mine.decisions()
    assert (decision["priority"], decision["tags"]) == (0, {"_dd.p.dm": "-1"})
    assert rings.span("root")["metrics"]["_sampling_priority_v1"] == 2
    assert "_dd.agent_psr" not in rings.span("root")["metrics"]


def test_rates_change_and_go(tracer, rings):
    for number, rates in enumerate(({"service:svc,env:": 0}, {"service:svc,env:": 1}, {"service:,env:": 0}, {}, None)):
        _core.set_rates(rates)
        for _ in range(2):
            tracer.trace(f"{number}").finish()
    found = [rings.spans()[f"{number}"] for number in range(5)]
    assert [[span["tags"]["_dd.p.dm"] for span in spans] for spans in found] == [["-1"] * 2] * 2 + [["-0"] * 2] * 3
    assert [span["metrics"]["_sampling_priority_v1"] for spans in found for span in spans] == [0, 0] + [1] * 8


def test_notes_wait_for_a_ring(tracer, rings):
    _core.note(b'{"modules":["a"]}')
    _core.note(b"")
    _core.note('{"path":["ü"]}'.encode())
    assert not os.path.exists(rings.directory)
    tracer.trace("root").finish()
    _core.note(b'{"modules":["b"]}')
    assert rings.mine.notes() == ['{"modules":["a"]}', "", '{"path":["ü"]}', '{"modules":["b"]}']
    assert [record["kind"] for record in rings.mine.records()] == [3, 3, 3, 1, 3]


def test_a_note_is_bytes():
    for wrong in ("text", None, 5, {"modules": []}):
        with pytest.raises(TypeError):
            _core.note(wrong)


def test_waiting_notes_are_bounded(tracer, rings):
    for number in range(1000):
        _core.note(json.dumps({"modules": [str(number)]}).encode())
    tracer.trace("root").finish()
    notes = rings.mine.notes()
    assert len(notes) == 256 and json.loads(notes[-1]) == {"modules": ["255"]}


def test_waiting_bytes_are_bounded(tracer, rings):
    for _ in range(100):
        _core.note(b"x" * 10000)
    tracer.trace("root").finish()
    assert len(rings.mine.notes()) == 26


def test_notes_of_a_full_ring_come_later(tracer, rings):
    rings.size = 64 << 10
    tracer.trace("root").finish()
    for number in range(10):
        _core.note(b"%d" % number + b"x" * 9999)
    (name,) = os.listdir(rings.directory)
    path = os.path.join(rings.directory, name)
    before = rings.mine
    assert len(before.notes()) == 6
    with open(path, "r+b") as file:
        file.seek(320)
        file.write(struct.pack("<Q", before.head))
    _core.note(b"last")
    assert [note[:4].rstrip("x") for note in rings.mine.notes()] == ["6", "7", "8", "9", "last"]
    assert rings.mine.dropped == 0


def test_a_fork_repeats_no_note_that_was_written(tracer, rings):
    tracer.trace("root").finish()
    _core.note(b"told")
    pid = os.fork()
    if pid == 0:
        tracer.trace("child").finish()
        _core.note(b"of the child")
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    notes = {reader.pid: reader.notes() for reader in rings.readers()}
    assert notes == {os.getpid(): ["told"], pid: ["of the child"]}


def test_a_child_tells_what_nobody_was_told(tracer, rings):
    """A server that forks its workers before it traces has no ring to tell it in."""
    _core.note(b"waiting")
    pid = os.fork()
    if pid == 0:
        tracer.trace("child").finish()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    (reader,) = rings.readers()
    assert reader.pid == pid and reader.notes() == ["waiting"]
    tracer.trace("root").finish()  # for the next test to find nothing waiting
