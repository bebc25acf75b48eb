"""Every MUST and SHOULD of W3C Trace Context and W3C Baggage, against a running Flask application.

Raw requests go in; the application makes a request of its own to a server here,
which answers with the headers that it got. Level 1 is held to, and what level 2
adds about the random flag and keys that begin with a digit.
"""

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading

import pytest
from test_servers import HERE
from test_servers import environment


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
PARENT = "00-%s-%s-01" % (TRACE, SPAN)


class _Capture(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Answer:
    """What the application knew of its trace, and what it sent."""

    def __init__(self, knows):
        self.__dict__.update(knows)
        self.names = [name for name, _ in knows["sent"]]

    def header(self, name):
        """The value of the one header of this very name; None without one."""
        values = [value for sent, value in self.sent if sent == name]
        assert len(values) <= 1, values
        return values[0] if values else None

    @property
    def traceparent(self):
        version, trace, span, flags = self.header("traceparent").split("-")
        assert (version, span) == ("00", self.parent_of_the_next)
        return trace, span, flags

    @property
    def parent_of_the_next(self):
        return "%016x" % int(self.header("x-datadog-parent-id"))

    def span_of(self, name):
        """The span id of a header that names one after the first dash."""
        return self.header(name).split("-")[1]

    @property
    def state(self):
        """The members of tracestate without our own, which must be the first one."""
        members = self.header("tracestate").split(",")
        assert members[0].startswith("dd=p:" + self.parent_of_the_next)
        return [member for member in members[1:] if not member.startswith("dd=")]

    @property
    def continued(self):
        return self.trace_id == TRACE and self.parent_id == SPAN and self.traceparent[0] == TRACE


class Relay:
    def __init__(self, port):
        self._address = ("127.0.0.1", port)

    def __call__(self, *headers, path="/"):
        """Send these headers as they are, one line each; the answer."""
        lines = ["GET %s HTTP/1.1" % path, "Host: relay", "Connection: close"]
        lines += ["%s:%s" % header if isinstance(header, tuple) else header for header in headers]
        with socket.create_connection(self._address, timeout=20) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"))
            received = b""
            while True:
                data = connection.recv(65536)
                if not data:
                    break
                received += data
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.split(None, 2)[1] == b"200", received
        answer = json.loads(body)
        return Answer(answer) if "sent" in answer else answer

    def finished(self):
        """The tags that the root of the request before has in the end."""
        return self(path="/finished")

    def of_trace(self, traceparent=PARENT, *tracestates):
        return self(("traceparent", " " + traceparent), *[("tracestate", " " + text) for text in tracestates])


@contextlib.contextmanager
def running_relay(run_dir, **variables):
    capture = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Capture)
    threading.Thread(target=capture.serve_forever, daemon=True).start()
    command = [sys.executable, HERE + "/relay.py", "http://127.0.0.1:%d/" % capture.server_port]
    with subprocess.Popen(
        command,
        env={**environment(run_dir), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            yield Relay(int(server.stdout.readline()))
        finally:
            server.stdin.close()
            server.wait(20)
            capture.shutdown()
            capture.server_close()


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    with running_relay(tmp_path_factory.mktemp("w3c")) as relay:
        yield relay


def parametrize(names, cases):
    return pytest.mark.parametrize(names, list(cases.values()), ids=list(cases))


# traceparent: what is read


def test_a_valid_traceparent_is_continued(relay):
    answer = relay.of_trace()
    assert answer.continued and answer.priority == 1


def test_the_parent_id_that_is_sent_is_that_of_the_calling_span(relay):
    answer = relay.of_trace()
    assert answer.traceparent[1] not in (SPAN, "0" * 16)


@parametrize(
    "name", {name: name for name in ("traceparent", "Traceparent", "TRACEPARENT", "TraceParent", "tRaCePaReNt")}
)
def test_the_name_of_traceparent_is_read_in_any_case(relay, name):
    assert relay((name, PARENT)).continued


def test_names_are_sent_in_lower_case(relay):
    names = relay(("TraceParent", PARENT), ("TraceState", "foo=1"), ("Baggage", "a=1")).names
    assert {"traceparent", "tracestate", "baggage"} <= set(names)
    assert not {"Traceparent", "Tracestate", "Baggage"} & set(names)


@parametrize("text", {"before": "  \t" + PARENT, "after": PARENT + " \t ", "around": " " + PARENT + " "})
def test_white_space_around_traceparent_is_no_part_of_it(relay, text):
    assert relay("traceparent:" + text).continued


INVALID = {
    "empty": "",
    "nonsense": "xyz",
    "version ff": "ff-%s-%s-01" % (TRACE, SPAN),
    "version in upper case": "FF-%s-%s-01" % (TRACE, SPAN),
    "version not hexadecimal": "0x-%s-%s-01" % (TRACE, SPAN),
    "version of a dot": ".0-%s-%s-01" % (TRACE, SPAN),
    "version too short": "0-%s-%s-01" % (TRACE, SPAN),
    "version too long": "000-%s-%s-01" % (TRACE, SPAN),
    "no version": "%s-%s-01" % (TRACE, SPAN),
    "trace id all zero": "00-%s-%s-01" % ("0" * 32, SPAN),
    "trace id in upper case": "00-%s-%s-01" % (TRACE.upper(), SPAN),
    "trace id not hexadecimal": "00-.%s-%s-01" % (TRACE[1:], SPAN),
    "trace id too short": "00-%s-%s-01" % (TRACE[1:], SPAN),
    "trace id too long": "00-0%s-%s-01" % (TRACE, SPAN),
    "trace id of 64 bits": "00-%s-%s-01" % (TRACE[16:], SPAN),
    "parent id all zero": "00-%s-%s-01" % (TRACE, "0" * 16),
    "parent id in upper case": "00-%s-%s-01" % (TRACE, SPAN.upper()),
    "parent id not hexadecimal": "00-%s-.%s-01" % (TRACE, SPAN[1:]),
    "parent id too short": "00-%s-%s-01" % (TRACE, SPAN[1:]),
    "parent id too long": "00-%s-0%s-01" % (TRACE, SPAN),
    "flags missing": "00-%s-%s" % (TRACE, SPAN),
    "flags empty": "00-%s-%s-" % (TRACE, SPAN),
    "flags too short": "00-%s-%s-1" % (TRACE, SPAN),
    "flags too long": "00-%s-%s-001" % (TRACE, SPAN),
    "flags in upper case": "00-%s-%s-0A" % (TRACE, SPAN),
    "flags not hexadecimal": "00-%s-%s-.0" % (TRACE, SPAN),
    "version 00 with more": PARENT + "-what-the-future-will-be-like",
    "version 00 with a dash at the end": PARENT + "-",
    "dots for dashes": PARENT.replace("-", "."),
    "underscores for dashes": PARENT.replace("-", "_"),
    "digits of another script": "00-%s-%s-01" % (TRACE, "\u0660" * 15 + "1"),
    "a list": PARENT + "," + PARENT,
}


@parametrize("text", INVALID)
def test_an_invalid_traceparent_starts_a_new_trace(relay, text):
    answer = relay.of_trace(text, "foo=1")
    assert answer.trace_id != TRACE and answer.parent_id == "0" * 16
    assert answer.traceparent[0] == answer.trace_id != "0" * 32
    assert answer.traceparent[1] != "0" * 16
    assert "foo=1" not in answer.header("tracestate")  # it belongs to the other trace


def test_two_traceparents_start_a_new_trace(relay):
    other = "00-%s-%s-01" % (TRACE[::-1], SPAN)
    answer = relay(("traceparent", PARENT), ("traceparent", other))
    assert answer.trace_id not in (TRACE, TRACE[::-1])


def test_a_tracestate_without_traceparent_is_not_used(relay):
    answer = relay(("tracestate", "foo=1,dd=s:-1"))
    assert answer.parent_id == "0" * 16 and answer.priority is None
    assert "foo=1" not in answer.header("tracestate")


# traceparent: versions of the future

FUTURE = {
    "as long as version 00": "cc-%s-%s-01" % (TRACE, SPAN),
    "with more after a dash": "cc-%s-%s-01-what-the-future-will-be-like" % (TRACE, SPAN),
    "with a dash at the end": "01-%s-%s-01-" % (TRACE, SPAN),
    "fe": "fe-%s-%s-01" % (TRACE, SPAN),
}


@parametrize("text", FUTURE)
def test_a_future_version_is_read_as_far_as_it_is_known_and_sent_as_00(relay, text):
    answer = relay.of_trace(text, "foo=1")
    assert answer.continued  # which has looked at the version
    assert answer.priority == 1 and answer.state == ["foo=1"]


@parametrize(
    "text",
    {
        "no dash after the flags": "cc-%s-%s-01.what-the-future-will-be-like" % (TRACE, SPAN),
        "flags of three digits": "cc-%s-%s-011" % (TRACE, SPAN),
        "too short": "cc-%s-%s-0" % (TRACE, SPAN),
        "trace id all zero": "cc-%s-%s-01" % ("0" * 32, SPAN),
        "parent id all zero": "cc-%s-%s-01" % (TRACE, "0" * 16),
        "a list": "cc-%s-%s-01,cc-%s-%s-01" % (TRACE, SPAN, TRACE, SPAN),
    },
)
def test_a_future_version_that_cannot_be_read_starts_a_new_trace(relay, text):
    assert relay.of_trace(text).trace_id != TRACE


# trace-flags


@parametrize("flags,sampled", {"00": ("00", 0), "01": ("01", 1), "02": ("02", 0), "fe": ("fe", 0), "ff": ("ff", 1)})
def test_the_sampled_flag_is_the_decision(relay, flags, sampled):
    answer = relay.of_trace("00-%s-%s-%s" % (TRACE, SPAN, flags))
    assert answer.priority == sampled
    assert int(answer.traceparent[2], 16) & 1 == sampled


def test_a_decision_made_here_sets_the_flag(relay):
    assert relay().traceparent[2] == "01"
    assert relay(("traceparent", "00-%s-%s-00" % (TRACE, SPAN)), path="/?keep=1").traceparent[2] == "01"


@parametrize("flags", {flags: flags for flags in ("04", "08", "f0", "fc", "fd")})
def test_flags_that_are_not_known_are_sent_as_zero(relay, flags):
    answer = relay.of_trace("00-%s-%s-%s" % (TRACE, SPAN, flags))
    assert int(answer.traceparent[2], 16) & ~3 == 0


@parametrize("flags", {flags: flags for flags in ("00", "01", "02", "03", "ff")})
def test_the_random_flag_goes_on_as_it_came(relay, flags):
    answer = relay.of_trace("00-%s-%s-%s" % (TRACE, SPAN, flags))
    assert int(answer.traceparent[2], 16) & 2 == int(flags, 16) & 2


def test_ids_of_new_traces_are_random_and_differ(relay):
    ids = {relay().trace_id[16:] for _ in range(8)}
    assert len(ids) == 8 and "0" * 16 not in ids


# tracestate: what is read

MANY = ["bar%02d=%02d" % (number, number) for number in range(1, 33)]


def test_members_are_sent_on_in_their_order_after_ours(relay):
    assert relay.of_trace(PARENT, "foo=1,bar=2,baz=3").state == ["foo=1", "bar=2", "baz=3"]


def test_the_name_of_tracestate_is_read_in_any_case(relay):
    for name in ("tracestate", "TraceState", "TRACESTATE"):
        assert relay(("traceparent", PARENT), (name, "foo=1")).state == ["foo=1"]


@parametrize(
    "lines,members",
    {
        "two": (["foo=1", "bar=2"], ["foo=1", "bar=2"]),
        "lists": (["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], ["foo=1", "bar=2", "rojo=1", "congo=2", "baz=3"]),
        "an empty one": (["foo=1", "", "bar=2"], ["foo=1", "bar=2"]),
        "white space": (["foo=1", " \t ", "bar=2"], ["foo=1", "bar=2"]),
    },
)
def test_several_tracestate_headers_are_one_list(relay, lines, members):
    assert relay.of_trace(PARENT, *lines).state == members


@parametrize("text", {"no text": "", "white space": " \t ", "commas": ",,", "comma and space": " , "})
def test_an_empty_tracestate_is_accepted(relay, text):
    answer = relay.of_trace(PARENT, text)
    assert answer.continued and answer.state == []


@parametrize(
    "text",
    {
        "none": "foo=1,bar=2",
        "spaces": "foo=1 , bar=2",
        "tabs": "foo=1\t,\tbar=2",
        "at both ends": " \tfoo=1,bar=2 \t",
        "empty members": "foo=1,,,bar=2,",
    },
)
def test_white_space_and_empty_members_between_members_are_no_part_of_them(relay, text):
    assert relay.of_trace(PARENT, text).state == ["foo=1", "bar=2"]


LOWER = "abcdefghijklmnopqrstuvwxyz"
VALUE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in ",=")

ACCEPTED = {
    "every character of a key": LOWER + "0123456789_-*/=1",
    "every character of a tenant": LOWER + "0123456789_-*/@a-z0-9_-*/=1",
    "a key that begins with a digit": "1a=1",
    "a tenant that begins with a digit": "0123456789@vendor=1",
    "a key of one letter": "a=1",
    "a key of 256 characters": "z" * 256 + "=1",
    "a tenant of 241 and a system of 14": "t" * 241 + "@" + "v" * 14 + "=1",
    "every character of a value": "foo=" + VALUE.strip() + "~",
    "spaces before and in a value": "foo= bar  baz",
    "a value of 256 characters": "foo=" + "v" * 256,
    "the same key twice": "foo=1,foo=2",
}


@parametrize("text", ACCEPTED)
def test_a_valid_member_is_sent_on_unchanged(relay, text):
    assert relay.of_trace(PARENT, text).state == text.split(",")


DISCARDED = {
    "a space in the key": "foo =1",
    "an upper-case key": "FOO=1",
    "a dot in the key": "foo.bar=1",
    "a key of another script": "f\u00f6\u00f6=1",
    "no key": "=1",
    "nothing before @": "@foo=1,bar=2",
    "nothing after @": "foo@=1,bar=2",
    "two @ in a row": "foo@@bar=1,bar=2",
    "two @": "foo@bar@baz=1,bar=2",
    "a system that begins with a digit": "foo@1bar=1",
    "a key that begins with an underscore": "_foo=1",
    "a key of 257 characters": "z" * 257 + "=1",
    "a tenant of 242 characters": "t" * 242 + "@v=1",
    "a system of 15 characters": "t@" + "v" * 15 + "=1",
    "no equals sign": "foo,bar=2",
    "two equals signs": "foo=bar=baz",
    "no value": "foo=,bar=3",
    "a value of another script": "foo=b\u00e4r",
    "a control character in the value": "foo=a\x01b",
    "a tab in the value": "foo=a\tb",
    "a value of 257 characters": "foo=" + "v" * 257,
    "33 members": ",".join([*MANY, "bar33=33"]),
}


@parametrize("text", DISCARDED)
def test_a_tracestate_that_cannot_be_parsed_is_discarded_and_the_trace_continued(relay, text):
    answer = relay.of_trace(PARENT, text + ",last=1,dd=s:2;t.usr.id:x")
    assert answer.continued and answer.priority == 1
    assert answer.state == []
    assert "t.usr.id" not in answer.header("tracestate")


def test_33_members_of_two_headers_are_discarded(relay):
    answer = relay.of_trace(PARENT, ",".join(MANY), "bar33=33")
    assert answer.continued and answer.state == []


# tracestate: what is sent


def test_31_members_leave_room_for_ours(relay):
    assert relay.of_trace(PARENT, ",".join(MANY[:31])).state == MANY[:31]


def test_the_last_of_32_members_makes_room_for_ours(relay):
    assert relay.of_trace(PARENT, ",".join(MANY)).state == MANY[:31]


def test_our_member_is_moved_to_the_front_and_there_once(relay):
    answer = relay.of_trace(PARENT, "foo=1,dd=s:2;o:synthetics,bar=2")
    assert answer.state == ["foo=1", "bar=2"] and answer.priority == 2
    assert answer.header("tracestate").count("dd=") == 1


def test_members_that_are_not_changed_keep_their_order(relay):
    text = "foo=1,ot=rv:0123456789abcd;th:8,bar=2"
    assert relay.of_trace(PARENT, text).state == text.split(",")


def test_a_member_that_is_changed_moves_to_the_front(relay):
    assert relay.of_trace(PARENT, "foo=1,ot=th:8;rv:bad;x:y,bar=2").state == ["ot=th:8;x:y", "foo=1", "bar=2"]


def test_512_characters_are_sent_on(relay):
    ours = len(relay.of_trace(PARENT).header("tracestate"))
    members = ["k%d=%s" % (number, "v" * 80) for number in range(5)]
    room = 512 - ours - len(",".join(["", *members])) - 1
    members.append("last=" + "v" * (room - 5))
    answer = relay.of_trace(PARENT, ",".join(members))
    assert len(answer.header("tracestate")) == 512 and answer.state == members


def test_what_is_too_long_is_cut_at_the_end_by_whole_members(relay):
    members = ["k%02d=%s" % (number, "v" * 40) for number in range(20)]
    answer = relay.of_trace(PARENT, ",".join(members))
    kept = answer.state
    assert len(answer.header("tracestate")) <= 512
    assert kept == members[: len(kept)] and 8 <= len(kept) < 20


def test_members_over_128_characters_go_first(relay):
    long = ["long%d=%s" % (number, "v" * 200) for number in range(3)]
    answer = relay.of_trace(PARENT, ",".join([long[0], "foo=1", long[1], "bar=2", long[2], "baz=3"]))
    assert [member for member in answer.state if member not in long] == ["foo=1", "bar=2", "baz=3"]
    assert len(answer.state) < 6 and len(answer.header("tracestate")) <= 512


def test_a_new_trace_sends_no_member_twice_and_none_empty(relay):
    keys = [member.partition("=")[0] for member in relay().header("tracestate").split(",")]
    assert keys == ["dd", "ot"]


# baggage


def test_baggage_is_read_and_sent_on_without_a_trace(relay):
    answer = relay(("baggage", "userId=alice,serverNode=DF%2028"))
    assert answer.baggage == {"userId": "alice", "serverNode": "DF 28"}
    assert answer.header("baggage") == "userId=alice,serverNode=DF%2028"


def test_several_baggage_headers_are_one_list(relay):
    assert relay(("baggage", "a=1,b=2"), ("Baggage", "c=3")).header("baggage") == "a=1,b=2,c=3"


def test_white_space_around_baggage_is_no_part_of_it(relay):
    answer = relay("baggage: \t a \t=\t 1 \t, b = 2 \t")
    assert answer.baggage == {"a": "1", "b": "2"} and answer.header("baggage") == "a=1,b=2"


def test_an_empty_value_is_a_value(relay):
    answer = relay(("baggage", "a=,b=2"))
    assert answer.baggage == {"a": "", "b": "2"} and answer.header("baggage") == "a=,b=2"


def test_properties_are_sent_on(relay):
    assert relay(("baggage", "a=1;p1;p2=x,b=2 ; p = y")).header("baggage") == "a=1;p1;p2=x,b=2;p=y"


def test_keys_differ_by_case(relay):
    assert relay(("baggage", "Key=1,key=2")).baggage == {"Key": "1", "key": "2"}


def test_a_key_is_sent_once(relay):
    assert relay(("baggage", "a=1,a=2")).header("baggage").count("a=") == 1


def test_a_value_is_percent_decoded_as_utf_8(relay):
    assert relay(("baggage", "a=%C3%A9%e2%82%ac+%2B")).baggage == {"a": "\u00e9\u20ac++"}


@parametrize("text,value", {"no UTF-8": ("%ff", "\ufffd"), "a part of a character": ("x%e2%82y", "x\ufffdy")})
def test_what_is_no_utf_8_becomes_the_replacement_character(relay, text, value):
    assert relay(("baggage", "a=" + text)).baggage == {"a": value}


def test_an_equals_sign_may_be_in_a_value(relay):
    assert relay(("baggage", "a=1=2")).baggage == {"a": "1=2"}


def test_every_character_of_a_value_is_accepted(relay):
    octets = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '",;\\%')
    assert relay(("baggage", "a=" + octets)).baggage == {"a": octets}


def test_every_character_of_a_key_is_accepted(relay):
    key = "!#$&'*+-.^_`|~09azAZ"
    answer = relay(("baggage", key + "=1"))
    assert answer.baggage == {key: "1"} and answer.header("baggage") == key + "=1"


@parametrize(
    "item,written",
    {
        "a space": ("a:x%20y", "a=x%20y"),
        "a comma": ("a:x%2Cy", "a=x%2Cy"),
        "a semicolon": ("a:x%3By", "a=x%3By"),
        "a quotation mark": ("a:%22", "a=%22"),
        "a backslash": ("a:%5C", "a=%5C"),
        "a percent sign": ("a:50%2541", "a=50%2541"),
        "a control character": ("a:x%01", "a=x%01"),
        "another script": ("a:%C3%A9", "a=%C3%A9"),
    },
)
def test_what_a_value_cannot_hold_is_percent_encoded(relay, item, written):
    assert relay(path="/?item=" + item).header("baggage") == written


def test_what_is_set_here_joins_what_came(relay):
    assert relay(("baggage", "a=1;p"), path="/?item=b:2").header("baggage") == "a=1;p,b=2"


def test_what_is_set_here_replaces_what_came(relay):
    assert relay(("baggage", "a=1;p"), path="/?item=a:2").header("baggage") == "a=2"


def test_64_members_are_sent_on(relay):
    text = ",".join("k%d=%d" % (number, number) for number in range(64))
    assert relay(("baggage", text)).header("baggage") == text


def test_8192_bytes_are_sent_on(relay):
    text = ",".join(["a=" + "v" * 4000, "b=" + "v" * 4000, "c=" + "v" * (8192 - 2 * 4003 - 2)])
    assert len(text) == 8192 and relay(("baggage", text)).header("baggage") == text


def test_beyond_the_limits_whole_members_are_dropped(relay):
    members = ["k%d=%d" % (number, number) for number in range(70)]
    assert relay(("baggage", ",".join(members))).header("baggage").split(",") == members[:64]
    members = ["a=" + "v" * 4000, "b=" + "v" * 4000, "c=" + "v" * 400]
    assert relay(("baggage", ",".join(members))).header("baggage").split(",") == members[:2]


@parametrize("text", {"no equals sign": "a=1,b", "no key": "=1", "nothing": "", "a comma": ","})
def test_malformed_baggage_is_no_baggage_and_no_error(relay, text):
    answer = relay(("traceparent", PARENT), ("baggage", text))
    assert answer.continued and answer.baggage == {} and answer.header("baggage") is None


def test_no_baggage_sends_no_header(relay):
    assert relay.of_trace().header("baggage") is None
