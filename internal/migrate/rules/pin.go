package rules

import (
	"bytes"
	"slices"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// integrationOf is the integration that traces a library, by its top module.
var integrationOf = map[string]string{
	"aiopg": "aiopg", "aiomysql": "aiomysql", "asyncpg": "asyncpg", "botocore": "botocore", "boto3": "botocore",
	"consul": "consul", "elasticsearch": "elasticsearch", "httpx": "httpx", "kombu": "kombu",
	"mariadb": "mariadb", "mysql": "mysql", "MySQLdb": "mysqldb", "psycopg": "psycopg", "psycopg2": "psycopg",
	"pymemcache": "pymemcache", "pymongo": "pymongo", "pymysql": "pymysql", "redis": "redis",
	"rediscluster": "rediscluster", "requests": "requests", "snowflake": "snowflake", "sqlite3": "sqlite",
	"valkey": "valkey", "vertica_python": "vertica",
}

// mendPin takes out an import that nothing uses, and writes the service of all clients of a
// library where a pin set that of one.
func mendPin(s *scan, u use, f *finding.Finding) {
	if at, ok := u.at.(syntax.Ident); ok {
		if n := s.imports()[at.Start]; n != nil && at.Start != n.Module.Start {
			s.mendPinImport(n, at, f)
			return
		}
	}
	if service := s.pinnedService(u.expr); service != nil {
		f.Fix = "Set the service of all clients of this library with ddtrace.config." + service.integration + "['service']"
		if binding, ok := s.pinsMendable(); ok {
			f.Edits = []finding.Edit{
				{Start: service.start, End: service.valueStart, New: binding + "." + service.integration + `["service"] = `},
				{Start: service.valueEnd, End: service.end},
			}
		}
	}
}

func (s *scan) mendPinImport(n *syntax.ImportFrom, at syntax.Ident, f *finding.Finding) {
	for _, a := range n.Names {
		if a.Name.Start != at.Start {
			continue
		}
		if s.reads(local(a)) == 0 {
			f.Edits = s.withoutAlias(n, a)
			f.Safe = len(f.Edits) > 0
		} else if binding, ok := s.pinsMendable(); ok {
			name := "config"
			if binding != name {
				name += " as " + binding
			}
			f.Edits = s.renamedImportAs(n, a, "ddtrace", name)
		}
	}
}

// pinned is a statement Pin.override(client, service=value).
type pinned struct {
	integration          string
	start, end           int
	valueStart, valueEnd int
}

// pinnedService reads such a statement, of a client whose library is known.
func (s *scan) pinnedService(e syntax.Expr) *pinned {
	if e == nil {
		return nil
	}
	a, ok := s.m.Parent(e).(*syntax.Attribute)
	if !ok || a.Attr.Name != "override" {
		return nil
	}
	c := s.callOf(a)
	if c == nil || len(c.Args)+len(c.Keywords) != 2 || starred(c.Args) {
		return nil
	}
	if _, ok := s.m.Parent(c).(*syntax.ExprStmt); !ok {
		return nil
	}
	client, value := names.Arg(c, 0, "obj"), names.Arg(c, 1, "service")
	if client == nil || value == nil {
		return nil
	}
	v := s.m.Value(client)
	top, _, _ := strings.Cut(v.Name, ".")
	integration := integrationOf[top]
	all := s.slots(c)
	at := slotOf(all, value)
	if v.Kind != names.Foreign || integration == "" || at < 0 {
		return nil
	}
	p := &pinned{integration: integration}
	p.start, p.end = c.Range()
	p.valueStart = all[at].start
	p.valueEnd = all[at].end // with parentheses around it
	if k, ok := s.m.Parent(value).(*syntax.Keyword); ok {
		for p.valueStart = int(k.Name.End); p.valueStart < p.valueEnd && (isBlank(s.file.Text[p.valueStart]) || s.file.Text[p.valueStart] == '='); {
			p.valueStart++
		}
	}
	if bytes.ContainsAny(s.file.Text[p.valueStart:p.valueEnd], "\r\n") {
		return nil // the line ends need the parentheses around them
	}
	if hasComment(s.file.Text[p.start:p.valueStart]) || hasComment(s.file.Text[p.valueEnd:p.end]) {
		return nil
	}
	return p
}

// pinsMendable says that every use of Pin in the module is such a statement, and by which name
// they reach the configuration.
func (s *scan) pinsMendable() (binding string, ok bool) {
	if s.pins == 0 {
		s.pins = 1
		uses, bound := 0, s.pinNames()
		syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
			e, isName := n.(*syntax.Name)
			if isName && slices.Contains(bound, e.ID) {
				uses++
				if s.pinnedService(e) == nil {
					s.pins = -1
				}
			}
			return true
		})
		if uses == 0 || len(bound) != 1 {
			s.pins = -1
		}
	}
	binding = "config"
	if s.reads("config") > 0 {
		binding = "ddtrace_config"
	}
	return binding, s.pins == 1
}

// pinNames are the names by which the module imports Pin from ddtrace.
func (s *scan) pinNames() []string {
	var all []string
	syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.ImportFrom); ok {
			for _, a := range n.Names {
				if v := s.m.Imported(a); v.Kind == names.Class && v.Name == "ddtrace.trace.Pin" {
					all = append(all, local(a))
				}
			}
		}
		return true
	})
	return all
}
