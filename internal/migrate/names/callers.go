package names

import (
	"path"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

const (
	mostCallers = 50 // of one function
	mostFiles   = 40 // that name it
)

// callSite is a place where a function of the project is called.
type callSite struct {
	module *Module
	args   []syntax.Expr
	named  []*syntax.Keyword
	offset int    // 1 for a method called on its instance
	first  things // of the first argument, if the function is handed on with it
}

// fromCallers is what those who call a function pass for a parameter.
func (m *Module) fromCallers(fn *callable, arg *syntax.Arg) things {
	sites, escapes := fn.sites()
	var out things
	for _, s := range sites {
		out = out.with(s.passes(fn, arg))
	}
	if escapes || len(sites) == 0 {
		out = out.with(unknown)
	}
	return out
}

// sites are the calls of a function that are seen, and whether there may be others.
func (fn *callable) sites() ([]callSite, bool) {
	if fn.sited {
		if fn.siting {
			fn.module.project.lowest = -1 // what rests on this holds for this question only
		}
		return fn.callSites, fn.escapes
	}
	fn.sited, fn.siting, fn.escapes = true, true, true
	defer func() { fn.siting = false }()
	fn.callSites, fn.escapes = fn.findSites()
	fn.calledFrom = len(fn.callSites)
	if fn.escapes {
		fn.calledFrom++
	}
	return fn.callSites, fn.escapes
}

func (fn *callable) findSites() (sites []callSite, escapes bool) {
	if fn.def == nil {
		return fn.lambdaSites()
	}
	name := fn.def.Name.Name
	if strings.HasPrefix(name, "test") && fn.module.test() {
		return nil, true
	}
	if strings.HasPrefix(name, "__") && name != "__init__" && name != "__call__" {
		return nil, true
	}
	if name == "__init__" || name == "__call__" {
		if fn.class == nil {
			return nil, true
		}
		name = fn.class.node.Name.Name
		if fn.def.Name.Name == "__call__" {
			return nil, true
		}
	}
	modules := []*Module{fn.module}
	if fn.outer.kind != functionScope {
		others, ok := fn.module.project.naming(name, fn.module, mostFiles)
		if !ok {
			return nil, true
		}
		for _, o := range others {
			if o != fn.module {
				modules = append(modules, o)
			}
		}
	}
	for _, o := range modules {
		o.read()
		if o.scope == nil {
			continue
		}
		for _, e := range o.usesOf(name) {
			found, more := fn.siteAt(o, e)
			sites = append(sites, found...)
			escapes = escapes || more
			if len(sites) > mostCallers {
				return sites, true
			}
		}
	}
	return sites, escapes
}

// usesOf are the names and attributes of a module that are written as name.
func (m *Module) usesOf(name string) []syntax.Expr {
	m.usesOnce.Do(func() {
		m.uses = map[string][]syntax.Expr{}
		syntax.Walk(m.Tree, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Name:
				m.uses[n.ID] = append(m.uses[n.ID], n)
			case *syntax.Attribute:
				m.uses[n.Attr.Name] = append(m.uses[n.Attr.Name], n)
			}
			return true
		})
	})
	return m.uses[name]
}

// siteAt is the call at a place where the function's name is written, if it is the function's.
func (fn *callable) siteAt(o *Module, e syntax.Expr) (sites []callSite, escapes bool) {
	init := fn.def.Name.Name == "__init__"
	found := false
	maybe := false
	offset := 0
	for _, t := range o.eval(e) {
		switch {
		case init && t.shape == klass && (t.class == fn.class || t.class.derives(fn.class) && t.class.scope != nil && len(t.class.scope.names["__init__"]) == 0):
			found, offset = true, 1
		case init:
		case t.shape == function && (t.fn == fn || fn.overrides(t.fn)):
			found = true
			if t.self != nil {
				offset = 1
			}
		case t.shape == anything:
			_, attribute := e.(*syntax.Attribute)
			maybe = attribute && fn.class != nil
		}
	}
	if !found && !maybe {
		return nil, false
	}
	parent := o.parent(e)
	call, ok := parent.(*syntax.Call)
	if ok && call.Func == e {
		site := callSite{module: o, args: call.Args, named: call.Keywords, offset: offset}
		if !found {
			site.offset = 1
		}
		return []callSite{site}, !found
	}
	if !found {
		return nil, false
	}
	if ok {
		return o.handedOn(call, e, offset)
	}
	if k, isKeyword := parent.(*syntax.Keyword); isKeyword {
		if call, ok := o.parent(k).(*syntax.Call); ok {
			return o.handedOn(call, e, offset)
		}
	}
	if init {
		// Of a class: an annotation, isinstance, a base; no call.
		return nil, false
	}
	if _, reads := parent.(*syntax.Attribute); reads {
		return nil, false
	}
	if n, isName := e.(*syntax.Name); isName {
		// The def's own assignments to the name, and decorators.
		if s, ok := parent.(*syntax.FunctionDef); ok && s != fn.def {
			return nil, true
		}
		if s, ok := parent.(*syntax.Assign); ok {
			for _, t := range s.Targets {
				if t == syntax.Expr(n) {
					return nil, false
				}
			}
		}
		if _, ok := parent.(*syntax.Delete); ok {
			return nil, false
		}
	}
	return nil, true
}

// overrides says that a method may run where another is called.
func (fn *callable) overrides(o *callable) bool {
	return fn.class != nil && o.class != nil && o.def != nil && fn.def.Name.Name == o.def.Name.Name && fn.class.derives(o.class)
}

// handedOn is the call that others make of a function given to them.
func (m *Module) handedOn(call *syntax.Call, fn syntax.Expr, offset int) (sites []callSite, escapes bool) {
	position := -1
	for i, a := range call.Args {
		if a == fn {
			position = i
		}
	}
	after := func(n int) []callSite {
		return []callSite{{module: m, args: call.Args[min(n, len(call.Args)):], named: call.Keywords, offset: offset}}
	}
	for _, t := range m.eval(call.Func) {
		if t.shape != external {
			continue
		}
		last := t.path[strings.LastIndexByte(t.path, '.')+1:]
		switch {
		case hook(t.path):
			span := one(thing{shape: external, path: "ddtrace.trace.Span", instance: true})
			return []callSite{{module: m, offset: offset, first: span}}, false
		case strings.HasPrefix(t.path, "ddtrace.trace.Tracer.wrap"):
			return nil, false
		case position < 0 && last == "Thread" || last == "Process" || last == "Timer":
			var args []syntax.Expr
			if tuple, ok := Arg(call, -1, "args").(*syntax.Tuple); ok {
				args = tuple.Elts
			} else if list, ok := Arg(call, -1, "args").(*syntax.List); ok {
				args = list.Elts
			}
			return []callSite{{module: m, args: args, offset: offset}}, false
		case position == 0 && (t.path == "functools.partial" || last == "submit" || t.path == "asyncio.to_thread" || last == "run_sync" || last == "call_soon"):
			return after(1), t.path == "functools.partial"
		case position == 1 && last == "run_in_executor":
			return after(2), false
		case position == 0 && t.path == "builtins.map" && len(call.Args) == 2:
			return []callSite{{module: m, offset: offset, first: m.iterate(m.eval(call.Args[1]))}}, false
		case position == 0 && t.path == "builtins.filter" && len(call.Args) == 2:
			return []callSite{{module: m, offset: offset, first: m.iterate(m.eval(call.Args[1]))}}, false
		case position < 0 && (t.path == "builtins.sorted" || t.path == "builtins.max" || t.path == "builtins.min") && len(call.Args) == 1:
			return []callSite{{module: m, offset: offset, first: m.iterate(m.eval(call.Args[0]))}}, false
		case t.path == "builtins.isinstance" || t.path == "builtins.issubclass" || t.path == "typing.cast":
			return nil, false
		}
	}
	if method, ok := call.Func.(*syntax.Attribute); ok && position < 0 && method.Attr.Name == "sort" {
		return []callSite{{module: m, offset: offset, first: m.iterate(m.eval(method.Value))}}, false
	}
	if method, ok := call.Func.(*syntax.Attribute); ok && position == 0 && method.Attr.Name == "submit" {
		return after(1), false
	}
	return nil, true
}

// lambdaSites are the calls of a lambda, by where it is written.
func (fn *callable) lambdaSites() (sites []callSite, escapes bool) {
	lambda, ok := fn.node.(*syntax.Lambda)
	if !ok {
		return nil, true
	}
	m := fn.module
	switch p := m.parent(lambda).(type) {
	case *syntax.Call:
		if p.Func == syntax.Expr(lambda) {
			return []callSite{{module: m, args: p.Args, named: p.Keywords}}, false
		}
		return m.handedOn(p, lambda, 0)
	case *syntax.Keyword:
		if call, ok := m.parent(p).(*syntax.Call); ok {
			return m.handedOn(call, lambda, 0)
		}
	case *syntax.Assign:
		if name, ok := p.Targets[0].(*syntax.Name); ok && len(p.Targets) == 1 {
			for _, e := range m.usesOf(name.ID) {
				for _, t := range m.eval(e) {
					if t.shape != function || t.fn != fn {
						continue
					}
					if call, ok := m.parent(e).(*syntax.Call); ok && call.Func == e {
						sites = append(sites, callSite{module: m, args: call.Args, named: call.Keywords})
					} else if m.parent(e) != syntax.Node(p) {
						escapes = true
					}
				}
			}
			return sites, escapes
		}
	}
	return nil, true
}

// passes is what one call passes for a parameter.
func (s callSite) passes(fn *callable, arg *syntax.Arg) things {
	position := fn.index(arg) - s.offset
	if arg == fn.args.Vararg {
		var out things
		from := len(fn.args.PosOnly) + len(fn.args.Args) - s.offset
		for i := max(from, 0); i < len(s.args); i++ {
			out = out.with(s.module.eval(s.args[i]))
		}
		return out
	}
	if s.first != nil && position == 0 {
		return s.first
	}
	open := false
	if position >= 0 || fn.index(arg) >= 0 {
		for i, a := range s.args {
			if starred, ok := a.(*syntax.Starred); ok {
				open = true
				if i <= position {
					for _, t := range s.module.eval(starred.Value) {
						if t.shape == box && len(t.items) > position-i {
							return t.items[position-i]
						}
					}
				}
				break
			}
			if i == position {
				return plain(s.module.eval(a))
			}
		}
	}
	for _, k := range s.named {
		switch k.Name.Name {
		case arg.Name.Name:
			return plain(s.module.eval(k.Value))
		case "":
			open = true
		}
	}
	if arg.Default != nil {
		if d := plain(fn.module.eval(arg.Default)); !d.vague() && !open {
			return d
		}
		if !open {
			return nil
		}
	}
	return unknown
}

// test says that pytest or unittest runs the functions of a module.
func (m *Module) test() bool {
	base := path.Base(m.File.Path)
	return strings.HasPrefix(base, "test") || strings.HasSuffix(base, "_test.py") || strings.HasSuffix(base, "tests.py")
}
