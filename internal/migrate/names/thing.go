package names

import (
	"slices"
	"strings"
)

// shape is what a thing is made of.
type shape uint8

const (
	anything shape = iota // could be anything
	none                  // Python's None
	text                  // a str that is known: path is its content
	external              // of ddtrace or another package: path, and instance
	module                // a module of the project
	klass                 // a class of the project
	object                // an instance of a class of the project
	function              // a function of the project, bound to self if that is set
	box                   // a container or another generic of the language: path, elem, key, items
)

// thing is one of the things that an expression may be.
type thing struct {
	shape    shape
	instance bool   // of external: an instance of the class path
	path     string // of external: its dotted name; of text: the content; of box: list, dict, tuple...
	module   *Module
	class    *class
	fn       *callable
	self     *thing // of function: what it is bound to

	elem  things   // of box: what it holds, yields, gives when awaited or entered
	key   things   // of a dict
	items []things // of a tuple whose length is known
}

// things are all that an expression may be. None at all means that nothing is known to get here.
type things []thing

// most bounds how many things are told apart.
const most = 12

var unknown = things{{shape: anything}}

func one(t thing) things { return things{t} }

func (t thing) same(o thing) bool {
	return t.shape == o.shape && t.instance == o.instance && t.path == o.path && t.module == o.module &&
		t.class == o.class && t.fn == o.fn
}

// with is the union.
func (ts things) with(more things) things {
	if len(ts) == 0 {
		return more
	}
	var out things
	for _, t := range more {
		known := false
		for i, o := range ts {
			if !o.same(t) {
				continue
			}
			known = true
			if t.shape == box {
				if out == nil {
					out = append(make(things, 0, len(ts)+1), ts...)
				}
				out[i] = mergeBoxes(out[i], t)
			}
			break
		}
		if known {
			continue
		}
		if out == nil {
			out = append(make(things, 0, len(ts)+len(more)), ts...)
		}
		if len(out) >= most {
			if slices.ContainsFunc(out, func(o thing) bool { return o.shape == anything }) {
				return out
			}
			return append(out, unknown...)
		}
		out = append(out, t)
		ts = out
	}
	if out == nil {
		return ts
	}
	return out
}

func mergeBoxes(a, b thing) thing {
	a.elem = a.elem.with(b.elem)
	a.key = a.key.with(b.key)
	if len(a.items) != len(b.items) {
		a.items = nil
		return a
	}
	items := make([]things, len(a.items))
	for i := range items {
		items[i] = a.items[i].with(b.items[i])
	}
	a.items = items
	return a
}

// open says that it may be something else too.
func (ts things) open() bool {
	for _, t := range ts {
		if t.shape == anything {
			return true
		}
	}
	return len(ts) == 0
}

// vague says that nothing is known but None.
func (ts things) vague() bool {
	for _, t := range ts {
		if t.shape != anything && t.shape != none {
			return false
		}
	}
	return true
}

// onlyNone says that it is None and nothing else.
func (ts things) onlyNone() bool {
	for _, t := range ts {
		if t.shape != none {
			return false
		}
	}
	return len(ts) > 0
}

// some leaves None out, unless there is nothing else.
func (ts things) some() things {
	if ts.onlyNone() {
		return ts
	}
	var out things
	for _, t := range ts {
		if t.shape != none {
			out = append(out, t)
		}
	}
	return out
}

// tracer says that it is ddtrace's, or derived from it.
func (t thing) tracer() bool {
	switch t.shape {
	case external:
		return isTracerPath(t.path)
	case klass, object:
		return t.class.tracerBase() != ""
	}
	return false
}

func (ts things) tracer() bool {
	for _, t := range ts {
		if t.tracer() {
			return true
		}
	}
	return false
}

// foreign says that it is another package's.
func (ts things) foreign() bool {
	for _, t := range ts {
		if t.shape == external && !isTracerPath(t.path) {
			return true
		}
	}
	return false
}

func isTracerPath(path string) bool {
	return path == "ddtrace" || strings.HasPrefix(path, "ddtrace.")
}

// made is an instance of a class outside the project.
func made(path string) thing {
	path = canonical(path)
	if isTracerPath(path) {
		return thing{shape: external, path: path, instance: true}
	}
	return thing{shape: external, path: path + "()"}
}

func boxOf(kind string, elem things) thing { return thing{shape: box, path: kind, elem: elem} }

// value is the thing as rules see it.
func (t thing) value() Value {
	switch t.shape {
	case none:
		return Value{Kind: None}
	case text:
		return Value{Kind: Foreign, Name: "builtins.str()"}
	case external:
		if !isTracerPath(t.path) {
			return Value{Kind: Foreign, Name: t.path}
		}
		if t.instance {
			return Value{Kind: Instance, Name: t.path}
		}
		return Value{Kind: kindOf(t.path), Name: t.path}
	case module:
		return Value{Kind: Foreign, Name: t.module.Name}
	case klass:
		if base := t.class.tracerBase(); base != "" {
			return Value{Kind: Class, Name: base, Own: t.class.name()}
		}
		return Value{Kind: Foreign, Name: t.class.name()}
	case object:
		if base := t.class.tracerBase(); base != "" {
			return Value{Kind: Instance, Name: base, Own: t.class.name()}
		}
		return Value{Kind: Foreign, Name: t.class.name() + "()"}
	case function:
		return Value{Kind: Foreign, Name: t.fn.name()}
	case box:
		return Value{Kind: Foreign, Name: "builtins." + t.path + "()"}
	}
	return Value{}
}

// values folds things into what rules see: ddtrace's first, Unknown last.
func (ts things) values() []Value {
	var tracer, other []Value
	add := func(list []Value, v Value) []Value {
		for i, o := range list {
			if o.Kind == v.Kind && o.Name == v.Name {
				if o.Own != v.Own {
					list[i].Own = ""
				}
				return list
			}
		}
		return append(list, v)
	}
	for _, t := range ts.some() {
		if t.shape == anything {
			continue
		}
		if v := t.value(); v.Tracer() {
			tracer = add(tracer, v)
		} else if v.Kind != Unknown {
			other = add(other, v)
		}
	}
	all := append(tracer, other...)
	if ts.open() {
		return append(all, Value{})
	}
	if len(all) == 1 {
		all[0].Sure = true
	}
	return all
}
