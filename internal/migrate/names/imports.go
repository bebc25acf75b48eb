package names

import (
	"path"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// imported is what an alias of an import statement binds.
func (m *Module) imported(b *binding) things {
	alias, ok := b.node.(*syntax.Alias)
	if !ok {
		return unknown
	}
	switch s := b.stmt.(type) {
	case *syntax.Import:
		if alias.AsName.Name != "" {
			return m.moduleNamed(alias.Name.Name)
		}
		return m.moduleNamed(rootName(alias.Name.Name))
	case *syntax.ImportFrom:
		return m.fromModule(s, alias.Name.Name)
	}
	return unknown
}

// fromModule is what `from x import name` brings.
func (m *Module) fromModule(s *syntax.ImportFrom, name string) things {
	if s.Level > 0 {
		from, known := m.relative(s)
		if from == nil {
			if !known {
				return unknown
			}
			// A folder without __init__.py: its modules only.
			if sub := m.project.byPath[path.Join(m.relativeFolder(s), name)+".py"]; sub != nil {
				return one(thing{shape: module, module: sub})
			}
			if sub := m.project.byPath[path.Join(m.relativeFolder(s), name, "__init__.py")]; sub != nil {
				return one(thing{shape: module, module: sub})
			}
			return unknown
		}
		return m.exported(from, name)
	}
	var out things
	for _, t := range m.moduleNamed(s.Module.Name) {
		switch t.shape {
		case module:
			out = out.with(m.exported(t.module, name))
		case external:
			if !isTracerPath(t.path) && m.project.tops[rootName(t.path)] {
				if sub := m.project.find(m, t.path+"."+name); sub != nil {
					out = out.with(one(thing{shape: module, module: sub}))
				} else {
					out = out.with(unknown) // of the project, but not among its files
				}
				continue
			}
			path := canonical(t.path + "." + name)
			if isTracerPath(path) {
				out = out.with(externalAttribute(t, name))
			} else {
				out = out.with(one(thing{shape: external, path: path}))
			}
		default:
			out = out.with(unknown)
		}
	}
	return out
}

// moduleNamed is a module by its absolute name: of the project if it has it.
func (m *Module) moduleNamed(name string) things {
	if isTracerPath(name) {
		return one(thing{shape: external, path: canonicalModule(name)})
	}
	if found := m.project.find(m, name); found != nil {
		return one(thing{shape: module, module: found})
	}
	return one(thing{shape: external, path: name})
}

// canonicalModule keeps the modules that were there once, whose names are now a thing's.
func canonicalModule(name string) string {
	if name == "ddtrace.tracer" {
		return "ddtrace._trace.tracer"
	}
	return canonical(name)
}

// relativeFolder is the folder that a relative import starts from.
func (m *Module) relativeFolder(s *syntax.ImportFrom) string {
	folder := path.Dir(m.File.Path)
	for range min(s.Level, 50) - 1 {
		folder = path.Dir(folder)
	}
	if s.Module.Name != "" {
		folder = path.Join(folder, strings.ReplaceAll(s.Module.Name, ".", "/"))
	}
	return folder
}

// relative is the module of a relative import; nil if it is not among the files, and known
// then says that some of its modules are.
func (m *Module) relative(s *syntax.ImportFrom) (found *Module, known bool) {
	folder := m.relativeFolder(s)
	if found = m.project.byPath[folder+".py"]; found != nil {
		return found, true
	}
	if found = m.project.byPath[path.Join(folder, "__init__.py")]; found != nil {
		return found, true
	}
	return nil, m.project.folders[folder]
}

// exported is what a module of the project has under a name, its submodules included.
func (m *Module) exported(from *Module, name string) things {
	type question struct {
		module *Module
		name   string
	}
	return m.project.once(question{from, name}, func() things {
		if found, ok := from.globalNamed(name); ok && len(found) > 0 {
			return found
		}
		if strings.HasSuffix(from.File.Path, "__init__.py") {
			folder := path.Dir(from.File.Path)
			for _, file := range []string{path.Join(folder, name) + ".py", path.Join(folder, name, "__init__.py")} {
				if sub := m.project.byPath[file]; sub != nil {
					return one(thing{shape: module, module: sub})
				}
			}
		}
		return unknown
	})
}

// globalNamed is a global of a module, as others see it.
func (m *Module) globalNamed(name string) (things, bool) {
	m.read()
	if m.scope == nil {
		return nil, false
	}
	return m.inScope(m.scope, false, m.scope.root, always, name)
}

// starred is what `from x import *` brings under a name.
func (m *Module) starred(s *scope, name string) things {
	for i := len(s.stars) - 1; i >= 0; i-- {
		from, ok := s.stars[i].stmt.(*syntax.ImportFrom)
		if !ok || strings.HasPrefix(name, "_") {
			continue
		}
		sources := unknown
		if from.Level > 0 {
			if found, _ := s.module.relative(from); found != nil {
				sources = one(thing{shape: module, module: found})
			}
		} else {
			sources = s.module.moduleNamed(from.Module.Name)
		}
		for _, t := range sources {
			switch {
			case t.shape == module:
				type question struct {
					star *binding
					name string
				}
				found := s.module.project.once(question{s.stars[i], name}, func() things {
					found, _ := t.module.globalNamed(name)
					return found
				})
				if len(found) > 0 {
					return found
				}
			case t.shape == external && isTracerPath(t.path):
				path := canonical(t.path + "." + name)
				all := ddtraceTables()
				if _, ok := all.members[path]; ok || all.classes[path] || all.aliases[t.path+"."+name] != "" {
					return externalAttribute(t, name)
				}
			case builtinNames[name]:
			default:
				return unknown
			}
		}
	}
	return nil
}
