package rules

import (
	"bytes"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// minimal is a part of a Django project that has no spans in minimal mode.
type minimal struct{ spans, variable, attribute string }

var minimals = map[string]minimal{
	"DATABASES": {"Django's own spans of database queries", "DD_DJANGO_INSTRUMENT_DATABASES", "instrument_databases"},
	"CACHES":    {"the spans of Django's caches", "DD_DJANGO_INSTRUMENT_CACHES", "instrument_caches"},
	"TEMPLATES": {"the spans of templates", "DD_DJANGO_INSTRUMENT_TEMPLATES", "instrument_templates"},
}

// djangoSettings finds the settings of a Django project that will have fewer spans: those of
// databases, caches and templates, in a settings module or a call of settings.configure.
func djangoSettings(s *scan, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Assign:
		for _, t := range n.Targets {
			s.djangoSetting(n, t, n.Value)
		}
	case *syntax.AnnAssign:
		s.djangoSetting(n, n.Target, n.Value)
	case *syntax.Call:
		if a, ok := n.Func.(*syntax.Attribute); !ok || a.Attr.Name != "configure" {
			return
		}
		if v := s.m.Value(n.Func); v.Kind != names.Foreign || v.Name != "django.conf.settings.configure" {
			return
		}
		for _, k := range n.Keywords {
			s.fewerSpans(k.Name.Name, k.Name, k.Value)
		}
	}
}

func (s *scan) djangoSetting(n syntax.Stmt, target, value syntax.Expr) {
	name, ok := target.(*syntax.Name)
	if !ok || minimals[name.ID].spans == "" {
		return
	}
	if _, top := s.m.Parent(n).(*syntax.Module); !top {
		return
	}
	if bytes.Contains(s.file.Text, []byte("django")) { // others have such names too
		s.fewerSpans(name.ID, name, value)
	}
}

func (s *scan) fewerSpans(setting string, at syntax.Node, value syntax.Expr) {
	of, ok := minimals[setting]
	if !ok || empty(value) {
		return
	}
	for _, decided := range []string{"DD_DJANGO_TRACING_MINIMAL", of.variable, of.attribute} {
		if bytes.Contains(s.file.Text, []byte(decided)) {
			return
		}
	}
	f := s.behaves("django-minimal-tracing", at, finding.Likely)
	f.Message = "Django's minimal mode is on by default, which leaves out " + of.spans
	if setting == "DATABASES" {
		f.Message += ", those of the database driver stay"
	}
	f.Fix = of.variable + "=true brings them back, DD_DJANGO_TRACING_MINIMAL=false all that minimal mode leaves out"
}

// empty says that a setting holds nothing, or what does nothing.
func empty(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Dict:
		return len(e.Keys) == 0
	case *syntax.List:
		return len(e.Elts) == 0
	case *syntax.Tuple:
		return len(e.Elts) == 0
	case *syntax.Constant:
		return e.Kind != syntax.Str || strings.TrimSpace(e.Value) == ""
	}
	return e == nil
}
