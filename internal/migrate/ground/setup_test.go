package ground

import (
	"fmt"
	"slices"
	"testing"

	"hoofprint/internal/migrate/source"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/internal/migrate/textcases"
)

func TestPython(t *testing.T) {
	const setup = `from setuptools import setup
setup(
    python_requires=">=3.7, <4",
    install_requires=["ddtrace[x]>=1.0,<3", 'requests', "ddtrace-api==1", "ddtrace>=2"],
    extras_require={"old": ["ddtrace<4; python_version < '3.9'"], "apm": ["ddtrace ~= 2.1"]},
)
`
	const nox = `import nox
@nox.session(python=["3.8", "3.9", "2.7"])
def tests(session):
    session.install("ddtrace==2.0")
`
	const script = `# /// script
# requires-python = ">=3.8"
# dependencies = [
#   "ddtrace<4",
# ]
# ///
import ddtrace  # requires-python = ">=3.7"
`
	for _, c := range []struct {
		name, text string
		want       []string
		fixed      string
	}{
		{"setup.py", setup, []string{"3:22 python-version certain", "4:34 ddtrace-pin certain", "5:84 ddtrace-pin certain"}, `from setuptools import setup
setup(
    python_requires=">=3.9, <4",
    install_requires=["ddtrace[x]>=4,<5", 'requests', "ddtrace-api==1", "ddtrace>=2"],
    extras_require={"old": ["ddtrace<4; python_version < '3.9'"], "apm": ["ddtrace ~= 4.0"]},
)
`},
		{"noxfile.py", nox, []string{"2:23 python-version certain", "2:37 python-version certain", "4:29 ddtrace-pin certain"}, `import nox
@nox.session(python=["3.8", "3.9", "2.7"])
def tests(session):
    session.install("ddtrace>=4,<5")
`},
		{"once.py", script, []string{"2:22 python-version certain", "4:13 ddtrace-pin certain"}, `# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "ddtrace>=4,<5",
# ]
# ///
import ddtrace  # requires-python = ">=3.7"
`},
		{"open.py", "# /// script\n# dependencies = [\"ddtrace<4\"]\nimport ddtrace\n", nil, "# /// script\n# dependencies = [\"ddtrace<4\"]\nimport ddtrace\n"},
		{"app/check.py", "x = 'ddtrace<4'\n", []string{"1:13 ddtrace-pin likely"}, "x = 'ddtrace>=4,<5'\n"},
	} {
		tree, err := syntax.Parse([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		found := inPython(source.New(c.name, []byte(c.text)), tree)
		var got []string
		for _, x := range found {
			if x.Safe {
				t.Errorf("%s: raising a requirement is a person's decision", c.name)
			}
			got = append(got, fmt.Sprintf("%d:%d %s %s", x.Line, x.Column, x.Rule, x.Certainty))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
		if fixed := textcases.Apply(c.text, found, true); fixed != c.fixed {
			t.Errorf("%s: became\n%s", c.name, fixed)
		}
	}
}
