package names

import (
	"slices"

	"hoofprint/internal/migrate/syntax"
)

// ancestor is a class that a class derives from, itself the first.
type ancestor struct {
	class *class
	path  string // of a class outside the project
}

// ancestors are a class and all its bases, the nearest first.
func (c *class) ancestors() []ancestor {
	switch c.linearState {
	case 1: // a class that derives from itself
		return []ancestor{{class: c}}
	case 2:
		return c.linear
	}
	c.linearState = 1
	list := []ancestor{{class: c}}
	add := func(a ancestor) {
		if !slices.Contains(list, a) && len(list) < 64 {
			list = append(list, a)
		}
	}
	for _, base := range c.node.Bases {
		found := c.module.eval(base)
		if found.open() {
			c.open = true
		}
		for _, t := range found {
			switch {
			case t.shape == klass:
				for _, a := range t.class.ancestors() {
					add(a)
				}
				c.open = c.open || t.class.open
				c.unsure = c.unsure || t.class.unsure
			case t.shape == external && !t.instance && t.path != "builtins.object":
				add(ancestor{path: t.path})
			}
		}
		if len(found.some()) > 1 {
			c.unsure = true
		}
	}
	c.linear, c.linearState = list, 2
	return list
}

// tracerBase is the class of ddtrace that a class derives from; "" if none.
func (c *class) tracerBase() string {
	for _, a := range c.ancestors() {
		if a.class == nil && isTracerPath(a.path) {
			return a.path
		}
	}
	return ""
}

// derives says that a class is another, or derives from it.
func (c *class) derives(from *class) bool {
	for _, a := range c.ancestors() {
		if a.class == from {
			return true
		}
	}
	return false
}

// attributeOf is what x.y is where it is read.
func (m *Module) attributeOf(n *syntax.Attribute) things {
	if key := dotted(n); key != "" {
		if found := m.condition(n, key); found != nil {
			return found
		}
		if found, ok := m.assignedHere(n, key); ok {
			return found
		}
	}
	return m.attributes(m.eval(n.Value), n.Attr.Name)
}

// assignedHere is what was assigned to x.y in the same function.
func (m *Module) assignedHere(n *syntax.Attribute, key string) (things, bool) {
	at, pos := m.innermost(int(n.Start)), n.Start
	for at.scope.kind == comprehensionScope && at.scope.root.parent != nil {
		at, pos = at.scope.root.parent, at.scope.root.start
	}
	if len(at.scope.names[key]) == 0 {
		return nil, false
	}
	found, bare := at.scope.reaching(key, at, pos)
	if len(found) == 0 {
		return nil, false
	}
	v := m.contents(at.scope, key, m.union(found))
	if v.vague() {
		return nil, false
	}
	if bare {
		v = v.with(m.attributes(m.eval(n.Value), n.Attr.Name))
	}
	return v, true
}

// attributes are an attribute of each of some things.
func (m *Module) attributes(of things, name string) things {
	var out things
	for _, t := range of {
		found := m.attribute(t, name)
		if found.open() || t.shape == external && !isTracerPath(t.path) {
			found = m.hinted(t, name, found)
		}
		out = out.with(found)
	}
	return out
}

// hinted adds what the module assigns to an attribute of that name, of the same thing surely.
func (m *Module) hinted(t thing, name string, found things) things {
	var same, others things
	stores := m.attributeStores[name]
	if len(stores) > 16 {
		stores = stores[:16]
	}
	for _, b := range stores {
		target, ok := b.node.(*syntax.Attribute)
		if !ok {
			continue
		}
		v := m.binding(b)
		if t.shape == external {
			if base := m.eval(target.Value); len(base) == 1 && base[0].same(t) {
				same = same.with(v)
				continue
			}
		}
		others = others.with(v)
	}
	switch {
	case !same.vague():
		return same
	case others.tracer():
		return unknown.with(others.some())
	}
	return found
}

func (m *Module) attribute(t thing, name string) things {
	switch t.shape {
	case none:
		return nil
	case text:
		return one(thing{shape: external, path: "builtins.str()." + name})
	case external:
		if m.project.folderNames[rootName(t.path)] && !isTracerPath(t.path) {
			// A package of the project without __init__.py.
			if sub := m.project.find(m, t.path+"."+name); sub != nil {
				return one(thing{shape: module, module: sub})
			}
		}
		return externalAttribute(t, name)
	case module:
		return m.exported(t.module, name)
	case klass, object:
		return m.memberOf(t, name)
	case box:
		return one(thing{shape: external, path: "builtins." + t.path + "()." + name})
	}
	return unknown
}

// memberOf is an attribute of a class of the project, or of its instance.
func (m *Module) memberOf(t thing, name string) things {
	type question struct {
		class    *class
		instance bool
		name     string
	}
	return m.project.once(question{t.class, t.shape == object, name}, func() things { return m.member(t, name) })
}

func (m *Module) member(t thing, name string) things {
	foreign := ""
	for _, a := range t.class.ancestors() {
		if a.class != nil {
			if found := m.ownMember(t, a.class, name); len(found) > 0 {
				return found
			}
			continue
		}
		if isTracerPath(a.path) {
			if _, ok := ddtraceTables().members[a.path+"."+name]; ok {
				return externalAttribute(thing{shape: external, path: a.path, instance: true}, name)
			}
		} else if foreign == "" {
			foreign = a.path
		}
	}
	if base := t.class.tracerBase(); base != "" {
		return externalAttribute(thing{shape: external, path: base, instance: true}, name)
	}
	if t.class.open || len(m.method(t, "__getattr__")) > 0 {
		return unknown
	}
	if foreign == "" {
		return unknown // set from elsewhere
	}
	if t.shape == object {
		foreign += "()"
	}
	return one(thing{shape: external, path: foreign + "." + name})
}

// ownMember is what one class of the ancestors has for a name.
func (m *Module) ownMember(t thing, c *class, name string) things {
	var out things
	var bindings []*binding
	if c.scope != nil {
		bindings, _ = c.scope.reaching(name, c.scope.root, always)
		for _, b := range c.scope.names[name] {
			if b.kind == defined && b.fn.decorated("property", "cached_property", "hybrid_property") {
				if t.shape == object {
					return m.callResult(b.fn)
				}
				return unknown
			}
		}
	}
	bindings = append(slices.Clone(bindings), c.stores[name]...)
	if len(bindings) == 0 {
		return nil
	}
	if len(bindings) > 32 {
		bindings = bindings[:32]
	}
	for _, f := range m.union(bindings) {
		if f.shape == function && f.fn.class != nil && f.self == nil {
			f = bindMethod(t, f)
		}
		out = out.with(one(f))
	}
	// Without anything else, an attribute that is only None so far is set from elsewhere.
	if stores := c.stores[name+"[]"]; len(stores) > 0 {
		out = m.filled(out, stores)
	} else if c.scope != nil && len(c.scope.names[name+"[]"]) > 0 {
		out = m.filled(out, c.scope.names[name+"[]"])
	}
	return orUnknown(out)
}

func bindMethod(t, f thing) thing {
	switch {
	case f.fn.decorated("staticmethod"):
	case f.fn.decorated("classmethod") || t.shape == object:
		f.self = &t
	}
	return f
}

// method is a function of a class, bound to an instance; nothing if no class of the project has it.
func (m *Module) method(t thing, name string) things {
	for _, a := range t.class.ancestors() {
		if a.class != nil {
			if found := m.ownMember(t, a.class, name); len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

func (m *Module) callMethod(t thing, name string) things {
	found := m.method(t, name)
	if len(found) == 0 {
		return unknown
	}
	var out things
	for _, f := range found {
		if f.shape == function {
			out = out.with(m.callResult(f.fn))
		} else {
			out = out.with(unknown)
		}
	}
	return out
}
