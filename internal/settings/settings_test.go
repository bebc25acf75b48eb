package settings

import "testing"

func lookupIn(environment map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		text, ok := environment[name]
		return text, ok
	}
}

func TestResolve(t *testing.T) {
	f := func(name string, environment map[string]string, want Value) {
		t.Helper()
		s, ok := Lookup(name)
		if !ok {
			t.Fatalf("%s is not in the table", name)
		}
		if got := s.Resolve(lookupIn(environment)); got != want {
			t.Errorf("%s in %v = %+v, want %+v", name, environment, got, want)
		}
	}
	f("DD_TRACE_AGENT_PORT", nil, Value{Text: "8126", Source: "default", Origin: OriginDefault})
	f("DD_TRACE_AGENT_PORT", map[string]string{"DD_TRACE_AGENT_PORT": "99"}, Value{Text: "99", Source: "DD_TRACE_AGENT_PORT", Origin: OriginEnvironment, Set: true})
	f("DD_TRACE_AGENT_PORT", map[string]string{"DD_TRACE_AGENT_PORT": "eighty"},
		Value{Text: "8126", Source: "default", Origin: OriginDefault, Problem: `DD_TRACE_AGENT_PORT="eighty" is not a port from 0 to 65535: the default is used`})
	f("DD_TRACE_PROPAGATION_STYLE_INJECT", map[string]string{"DD_TRACE_PROPAGATION_STYLE": "b3"},
		Value{Text: "b3", Source: "DD_TRACE_PROPAGATION_STYLE", Origin: OriginAlias, Set: true})
	f("DD_TRACE_PROPAGATION_STYLE_INJECT",
		map[string]string{"DD_TRACE_PROPAGATION_STYLE": "b3", "DD_TRACE_PROPAGATION_STYLE_INJECT": ""},
		Value{Source: "DD_TRACE_PROPAGATION_STYLE_INJECT", Origin: OriginEnvironment, Set: true})
}

func TestSuggest(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := Suggest(name); got != want {
			t.Errorf("Suggest(%s) = %q, want %q", name, got, want)
		}
	}
	f("DD_SERVCIE", "DD_SERVICE")
	f("DD_SERVICES", "DD_SERVICE")
	f("DD_TRACE_AGENT_ULR", "DD_TRACE_AGENT_URL")
	f("DD_TRACE_PROPOGATION_STYLE_EXTRACT", "DD_TRACE_PROPAGATION_STYLE_EXTRACT")
	f("DD_LOG_INJECTION", "DD_LOGS_INJECTION")
	f("DD_COMPLETELY_DIFFERENT_THING", "")
}
