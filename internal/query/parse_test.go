package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func eq(name, v string) Compare { return Compare{Field: ParseField(name), Value: v} }
func num(name string, op Op, n float64) Compare {
	return Compare{Field: ParseField(name), Op: op, Number: n, IsNumber: true}
}

func TestParse(t *testing.T) {
	f := func(in string, want Expr) {
		t.Helper()
		got, err := Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			return
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q)\n got %#v\nwant %#v", in, got, want)
		}
		again, err := Parse(String(got))
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("Parse(%q) prints %q, which parses to %#v, %v", in, String(got), again, err)
		}
	}
	f("", And{})
	f("  ", And{})
	f("service:web", eq("service", "web"))
	f(`resource:"GET /"`, eq("resource", "GET /"))
	f(`resource_name:GET\ /`, eq("resource", "GET /"))
	f("operation_name:flask.request", eq("name", "flask.request"))
	f("status:ERROR", eq("status", "error"))
	f("env:prod", Compare{Field: Field{Name: "env"}, Value: "prod"})
	f("@env:prod", Compare{Field: Field{Name: "env", Tag: true}, Value: "prod"})
	f("http.method:GET", eq("@http.method", "GET"))
	f("@http.url:http://a/b", eq("@http.url", "http://a/b"))
	f("@n:5", Compare{Field: Field{"n", true}, Value: "5", Number: 5, IsNumber: true})
	f("@n:-5", Compare{Field: Field{"n", true}, Value: "-5", Number: -5, IsNumber: true})
	f("@n:0x5", eq("@n", "0x5"))
	f("@user.id:*", Compare{Field: Field{"user.id", true}, Op: Exists})
	f("@db.name:a*", Compare{Field: Field{"db.name", true}, Op: Glob, Value: "a*"})
	f(`@k:a\*b?`, Compare{Field: Field{"k", true}, Op: Glob, Value: `a\*b?`})
	f(`@k:a\*b`, eq("@k", "a*b"))
	f(`@k:"a*"`, eq("@k", "a*"))
	f(`@a\ b\:c:x`, eq("@a b:c", "x"))
	f("duration:>20ms", num("duration", Gt, 20e6))
	f("@duration:<=1.5s", num("duration", Le, 1.5e9))
	f("duration:5us", Compare{Field: Field{Name: "duration"}, Value: "5000", Number: 5000, IsNumber: true})
	f("@http.status_code:[400 TO 499]", And{num("@http.status_code", Ge, 400), num("@http.status_code", Le, 499)})
	f("@n:{1 TO 2]", And{num("@n", Gt, 1), num("@n", Le, 2)})
	f("@n:[* TO 2}", num("@n", Lt, 2))
	f("@n:>=5", num("@n", Ge, 5))
	f("a b", And{Text("a"), Text("b")})
	f("a AND b OR c", Or{And{Text("a"), Text("b")}, Text("c")})
	f("a OR b c", Or{Text("a"), And{Text("b"), Text("c")}})
	f("(a OR b) c", And{Or{Text("a"), Text("b")}, Text("c")})
	f("NOT a -b -(c OR d)", And{Not{Text("a")}, Not{Text("b")}, Not{Or{Text("c"), Text("d")}}})
	f("--a", Not{Not{Text("a")}})
	f("and or not", And{Text("and"), Text("or"), Text("not")})
	f(`"AND"`, Text("AND"))
	f("ORDER", Text("ORDER"))
	f(`"free text" x`, And{Text("free text"), Text("x")})
	f("timeout*", Text("timeout"))
	f("*", And{})
	f("-*", Not{And{}})
	f("service:(a OR b)", Or{eq("service", "a"), eq("service", "b")})
	f("service:(a OR -b*)", Or{eq("service", "a"), Not{Compare{Field: Field{Name: "service"}, Op: Glob, Value: "b*"}}})
	f("trace_id:6740C1E8000000004f1c09be77a2d310", eq("trace_id", "6740c1e8000000004f1c09be77a2d310"))
	f("trace_id:5700241234567", eq("trace_id", "0000052f30da9a87"))
	f("span_id:255", eq("span_id", "00000000000000ff"))
	f("parent_id:ff", eq("parent_id", "00000000000000ff"))
	f("service:web status:error -@db.name:a*", And{eq("service", "web"), eq("status", "error"),
		Not{Compare{Field: Field{"db.name", true}, Op: Glob, Value: "a*"}}})
}

func TestParseErrorsSayWhatToWrite(t *testing.T) {
	f := func(in, term string, offset int, message string) {
		t.Helper()
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) = %v, want *Error", in, err)
			return
		}
		if e.Term != term || e.Offset != offset || !strings.Contains(e.Message, message) {
			t.Errorf("Parse(%q) = %q at %d: %s", in, e.Term, e.Offset, e.Message)
		}
	}
	f("a AND", "", 5, "missing at the end")
	f("OR a", "OR", 0, "before it")
	f("a OR OR b", "OR", 5, "before it")
	f("(a", "(", 0, "never closed")
	f("a)", ")", 1, "closes nothing")
	f("()", ")", 1, "missing")
	f(`x "abc`, `"abc`, 2, "never closed")
	f("service:", "service:", 0, "* for any")
	f(":x", ":", 0, "key is missing")
	f("x duration:>fast", "duration:>fast", 2, "duration:>20ms")
	f("@n:>x", "@n:>x", 0, "not a number")
	f("@n:[1 2]", "@n:[1 2]", 0, "[low TO high]")
	f("@n:[1 TO 2", "@n:[1 TO 2", 0, "never closed")
	f("service:>5", "service:>5", 0, "no order")
	f("status:404", "status:404", 0, "@http.status_code:404")
	f("trace_id:zz", "trace_id:zz", 0, "hex")
	f("a*b", "a*b", 0, "wildcards")
	f("service:(a b)", "b", 11, "OR")
	f("- a", "-", 0, "negated")
	f(`a\`, `\`, 1, "backslash")
	f("resource:f(x)", "f(", 9, "quotes")
	f("*:x", "*:", 0, "wildcards")
	f(strings.Repeat("(", 100)+"a"+strings.Repeat(")", 100), "(", MaxDepth, "deeper")
	f(strings.Repeat("a ", 600), "a", 1000, "terms")
	f(strings.Repeat("a", MaxLength+1), "", 0, "shorten")
	f("\xff", "", 0, "UTF-8")
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "service:web status:error -@db.name:a* \"free text\"", "@n:[1 TO 5} OR (a b) NOT c",
		"service:(a OR -b OR \"c d\")", `@a\ b:x\*y* duration:>1.5ms`, "trace_id:123 span_id:ff", "-*", "((a))", "start:>2026-01-02T15:04:05Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if err != nil {
			var typed *Error
			if !errors.As(err, &typed) {
				t.Fatalf("Parse(%q): untyped error %v", s, err)
			}
			return
		}
		printed := String(e)
		if len(printed) > MaxLength {
			return // quotes and units may outgrow the bound
		}
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("Parse(%q) prints %q, which does not parse: %v", s, printed, err)
		}
		if !reflect.DeepEqual(e, again) {
			t.Fatalf("Parse(%q) prints %q\n got %#v\nwant %#v", s, printed, again, e)
		}
	})
}
