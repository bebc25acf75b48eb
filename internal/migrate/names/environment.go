package names

import (
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// Environment says if an expression is the mapping os.environ, or a copy of it.
func (m *Module) Environment(e syntax.Expr) bool {
	if e == nil {
		return false
	}
	for _, t := range m.ask(e) {
		if t.shape == external && environment(t.path) {
			return true
		}
	}
	return false
}

func environment(path string) bool {
	switch path {
	case "os.environ", "os.environb", "os.environ.copy()", "posix.environ":
		return true
	}
	return false
}

// Getenv is the expression of the variable's name, if an expression reads or writes the
// process's environment: os.environ["X"], os.environ.get("X"), os.getenv("X"),
// monkeypatch.setenv("X", ...), "X" in os.environ, and the like in django-environ, decouple and
// starlette. nil if it does not.
func (m *Module) Getenv(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.Subscript:
		if m.Environment(e.Value) {
			return e.Index
		}
	case *syntax.Compare:
		if len(e.Ops) == 1 && (e.Ops[0] == "in" || e.Ops[0] == "not in") && m.Environment(e.Comparators[0]) {
			return e.Left
		}
	case *syntax.Call:
		return m.getenvCall(e)
	}
	return nil
}

func (m *Module) getenvCall(c *syntax.Call) syntax.Expr {
	var name syntax.Expr
	if name = Arg(c, 0, "key"); name == nil {
		if name = Arg(c, -1, "name"); name == nil {
			name = Arg(c, -1, "var")
		}
	}
	if name == nil {
		return nil
	}
	if method, ok := c.Func.(*syntax.Attribute); ok {
		switch method.Attr.Name {
		case "setenv", "delenv":
			v := m.Value(method.Value)
			if v.Kind == Unknown || strings.HasSuffix(v.Name, "MonkeyPatch()") || strings.HasSuffix(v.Name, "[]") {
				return name
			}
		}
	}
	for _, t := range m.ask(c.Func) {
		if t.shape != external {
			continue
		}
		switch t.path {
		case "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault",
			"os.environ.__getitem__", "os.environ.__setitem__", "os.environ.__contains__", "os.environ.copy().get", "os.environ.copy().pop",
			"os.environ.copy().setdefault", "decouple.config", "environ.Env()", "environs.Env()", "starlette.config.Config()":
			return name
		}
		for _, prefix := range []string{"environ.Env().", "environs.Env().", "environ.Env."} {
			if strings.HasPrefix(t.path, prefix) && !strings.HasSuffix(t.path, "read_env") {
				return name
			}
		}
	}
	return nil
}

// Const is the string that an expression is, followed through names and concatenation.
func (m *Module) Const(e syntax.Expr) (string, bool) {
	if c, ok := e.(*syntax.Constant); ok {
		return c.Value, c.Kind == syntax.Str
	}
	found := m.ask(e)
	if len(found) != 1 {
		return "", false
	}
	switch t := found[0]; {
	case t.shape == text:
		return t.path, true
	case t.shape == external:
		content, ok := ddtraceTables().constants[t.path]
		return content, ok
	}
	return "", false
}
