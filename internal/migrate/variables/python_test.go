package variables

import (
	"fmt"
	"slices"
	"testing"

	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/migrate/textcases"
)

func TestFindPython(t *testing.T) {
	for _, c := range []struct {
		what, text string
		want       []string
		safe       string // "" if the text stays
	}{
		{"set", `import os
import ddtrace
os.environ["DD_SERVICE_NAME"] = "web"
os.environ["DD_AIOREDIS_SERVICE"] = "x"  # about
os.environ.setdefault('DD_PROFILING_API_TIMEOUT', '10')
os.putenv("DATADOG_PATCH_MODULES", "prod")
# DD_SERVICE_NAME
`, []string{"3 DD_SERVICE_NAME certain safe", "4 DD_AIOREDIS_SERVICE certain safe", "5 DD_PROFILING_API_TIMEOUT certain safe", "6 DATADOG_PATCH_MODULES certain safe", "7 DD_SERVICE_NAME likely unsafe"}, `import os
import ddtrace
os.environ["DD_SERVICE"] = "web"
os.putenv("DD_PATCH_MODULES", "prod")
# DD_SERVICE_NAME
`},
		{"read", `from os import environ, getenv as get
a = environ["DD_SERVICE_NAME"]
b = environ.get("DD_TRACE_SAMPLE_RATE", 1)
c = get("DD_PROFILING_API_TIMEOUT")
d = "DATADOG_PATCH_MODULES" in environ
e = settings.get("DD_PROFILING_STACK_V2_ENABLED")
f = "DD_SERVICE_NAMES"
g = f"{x} DD_REDIS_ANALYTICS_ENABLED"
`, []string{"2 DD_SERVICE_NAME certain unsafe", "3 DD_TRACE_SAMPLE_RATE certain none", "4 DD_PROFILING_API_TIMEOUT certain none", "5 DATADOG_PATCH_MODULES certain unsafe", "6 DD_PROFILING_STACK_V2_ENABLED likely none", "8 DD_REDIS_ANALYTICS_ENABLED likely none"}, ""},
		{"mappings", `import os, subprocess
from unittest import mock
with mock.patch.dict(os.environ, {"DD_AIOREDIS_SERVICE": "x", "A": "b"}):
    pass
with mock.patch.dict("os.environ", DD_SERVICE_NAME="x"):
    pass
subprocess.run(["x"], env={**os.environ, "DD_AIOREDIS_SERVICE": "x"})
os.environ.update({
    "A": "1",
    "DD_PROFILING_API_TIMEOUT": "1",
})
names = {"DATADOG_PATCH_MODULES": 1}
subprocess.run("DD_REDIS_ANALYTICS_ENABLED=1 python x.py", shell=True)
`, []string{"3 DD_AIOREDIS_SERVICE certain safe", "5 DD_SERVICE_NAME certain safe", "7 DD_AIOREDIS_SERVICE certain safe", "10 DD_PROFILING_API_TIMEOUT certain safe", "12 DATADOG_PATCH_MODULES likely unsafe", "13 DD_REDIS_ANALYTICS_ENABLED likely none"}, `import os, subprocess
from unittest import mock
with mock.patch.dict(os.environ, {"A": "b"}):
    pass
with mock.patch.dict("os.environ", DD_SERVICE="x"):
    pass
subprocess.run(["x"], env={**os.environ})
os.environ.update({
    "A": "1",
})
names = {"DATADOG_PATCH_MODULES": 1}
subprocess.run("DD_REDIS_ANALYTICS_ENABLED=1 python x.py", shell=True)
`},
		{"blocks", `import os
def f():
    os.environ["DD_AIOREDIS_SERVICE"] = "x"
    os.environ["DD_PROFILING_API_TIMEOUT"] = "1"
if f:
    os.environ["DD_REDIS_ANALYTICS_ENABLED"] = g()
    os.environ["DD_PROFILING_STACK_V2_ENABLED"] = "1"; h()
def test(monkeypatch):
    monkeypatch.setenv("DD_AIOREDIS_CMD_MAX_LENGTH", "1")
    assert True
`, []string{"3 DD_AIOREDIS_SERVICE certain none", "4 DD_PROFILING_API_TIMEOUT certain none", "6 DD_REDIS_ANALYTICS_ENABLED certain none", "7 DD_PROFILING_STACK_V2_ENABLED certain none", "9 DD_AIOREDIS_CMD_MAX_LENGTH certain safe"}, `import os
def f():
    os.environ["DD_AIOREDIS_SERVICE"] = "x"
    os.environ["DD_PROFILING_API_TIMEOUT"] = "1"
if f:
    os.environ["DD_REDIS_ANALYTICS_ENABLED"] = g()
    os.environ["DD_PROFILING_STACK_V2_ENABLED"] = "1"; h()
def test(monkeypatch):
    assert True
`},
		{"dict", `import pytest
@pytest.mark.subprocess(env=dict(DD_SERVICE_NAME="x", A="1"))
def test():
    run(env=dict(A="1", DD_AIOREDIS_SERVICE="x"))
    dict(DD_SERVICE_NAME="x")
`, []string{"2 DD_SERVICE_NAME certain safe", "4 DD_AIOREDIS_SERVICE certain none", "5 DD_SERVICE_NAME likely unsafe"}, `import pytest
@pytest.mark.subprocess(env=dict(DD_SERVICE="x", A="1"))
def test():
    run(env=dict(A="1", DD_AIOREDIS_SERVICE="x"))
    dict(DD_SERVICE_NAME="x")
`},
		{"again", `import os
os.environ["DD_SERVICE_NAME"] = "x"
os.environ.pop("DD_SERVICE_NAME", None)
del os.environ["DATADOG_PATCH_MODULES"]
os.environ["DATADOG_PATCH_MODULES"] = "x"
`, []string{"2 DD_SERVICE_NAME certain safe", "3 DD_SERVICE_NAME certain safe", "4 DATADOG_PATCH_MODULES certain unsafe", "5 DATADOG_PATCH_MODULES certain unsafe"}, `import os
os.environ["DD_SERVICE"] = "x"
os.environ.pop("DD_SERVICE", None)
del os.environ["DATADOG_PATCH_MODULES"]
os.environ["DATADOG_PATCH_MODULES"] = "x"
`},
		{"both", `import os
os.environ["DD_SERVICE_NAME"] = os.environ["DD_SERVICE"]
`, []string{"2 DD_SERVICE_NAME certain none"}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			p, m := project(t, c.text)
			found := findPython(newTable(changes), p, m)
			var got []string
			for _, x := range found {
				edit := "none"
				if len(x.Edits) > 0 {
					edit = "unsafe"
				}
				if x.Safe {
					edit = "safe"
				}
				got = append(got, fmt.Sprintf("%d %s %s %s", x.Line, c.text[x.Start:x.End], x.Certainty, edit))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q\nwant %q", got, c.want)
			}
			want := c.safe
			if want == "" {
				want = c.text
			}
			after := textcases.Apply(c.text, found, false)
			if after != want {
				t.Errorf("became\n%s", after)
			}
			if _, err := syntax.Parse([]byte(after)); err != nil {
				t.Error(err)
			}
			if _, err := syntax.Parse([]byte(textcases.Apply(c.text, found, true))); err != nil {
				t.Error(err)
			}
		})
	}
}

func project(t *testing.T, texts ...string) (*names.Project, *names.Module) {
	t.Helper()
	var files []*source.File
	for i, text := range texts {
		files = append(files, source.New(fmt.Sprintf("m%d.py", i), []byte(text)))
	}
	p := names.Load(files, "DD_", "DATADOG_")
	if len(p.Modules()) != len(texts) {
		t.Fatal("modules are missing")
	}
	return p, p.Modules()[0]
}

// What another module reads is not renamed under it.
func TestReadElsewhere(t *testing.T) {
	const sets = "import os\nos.environ[\"DD_SERVICE_NAME\"] = \"web\"\n"
	for reader, safe := range map[string]bool{
		"import os\nx = os.environ[\"DD_SERVICE_NAME\"]\n": false,
		"x = y[\"DD_SERVICE_NAME\"]\n":                     false,
		sets:                                               true,
		"# DD_SERVICE_NAME\n":                              true,
	} {
		p, m := project(t, sets, reader)
		found := findPython(newTable(changes), p, m)
		if len(found) != 1 || found[0].Safe != safe {
			t.Errorf("next to %q: %+v", reader, found)
		}
	}
}
