package names

import (
	"math"
	"strings"

	"hoofprint/internal/migrate/syntax"
)

// evaluator remembers what was found, and keeps the search within bounds.
type evaluator struct {
	known  map[any]things
	active map[any]int
	lowest int // the outermost question in progress that an answer since then rests on
	steps  int

	// Answers that rest on a question in progress hold until that is answered.
	provisional map[any]restingAnswer
	resting     []any // their keys, in order
}

type restingAnswer struct {
	found things
	on    int // depth of the question
}

const (
	// deepestQuestion and mostSteps bound one question of a rule.
	deepestQuestion = 250
	mostSteps       = 10000
	longestText     = 4096 // of a string that is followed
)

func newEvaluator() evaluator {
	return evaluator{
		known: map[any]things{}, active: map[any]int{}, lowest: math.MaxInt,
		provisional: map[any]restingAnswer{},
	}
}

// once answers a question once. A question within itself adds nothing to its answer.
func (p *Project) once(key any, answer func() things) things {
	v := &p.evaluator
	if known, ok := v.known[key]; ok {
		return known
	}
	if depth, ok := v.active[key]; ok {
		v.lowest = min(v.lowest, depth)
		return nil
	}
	if p, ok := v.provisional[key]; ok {
		v.lowest = min(v.lowest, p.on)
		return p.found
	}
	if v.steps++; v.steps > mostSteps || len(v.active) > deepestQuestion {
		v.lowest = -1
		return unknown
	}
	outer, depth, before := v.lowest, len(v.active), len(v.resting)
	v.lowest = math.MaxInt
	v.active[key] = depth
	found := answer()
	delete(v.active, key)
	if v.lowest < depth && depth > 0 {
		v.provisional[key] = restingAnswer{found, v.lowest}
		v.resting = append(v.resting, key)
		v.lowest = min(v.lowest, outer)
		return found
	}
	for _, k := range v.resting[before:] {
		if v.steps > mostSteps && v.known[k] == nil {
			// Too much rests on it to ask again; it is never sure.
			v.known[k] = v.provisional[k].found.with(unknown)
		}
		delete(v.provisional, k)
	}
	v.resting = v.resting[:before]
	v.known[key] = found
	v.lowest = outer
	return found
}

// begin is the start of a question.
func (p *Project) begin() { p.steps, p.lowest = 0, math.MaxInt }

// ask answers a rule's question; the answer is never empty.
func (m *Module) ask(e syntax.Expr) things {
	if e == nil || m.Tree == nil {
		return unknown
	}
	m.project.mu.Lock()
	defer m.project.mu.Unlock()
	m.project.begin()
	if found := m.eval(e); len(found) > 0 {
		return found
	}
	return unknown
}

func (m *Module) eval(e syntax.Expr) things {
	if e == nil {
		return unknown
	}
	switch e := e.(type) {
	case *syntax.Constant:
		return constant(e)
	case *syntax.NamedExpr:
		return m.eval(e.Value)
	case *syntax.Starred:
		return m.eval(e.Value)
	}
	return m.project.once(e, func() things { return m.evaluate(e) })
}

func constant(e *syntax.Constant) things {
	switch e.Kind {
	case syntax.Str:
		return one(thing{shape: text, path: e.Value})
	case syntax.Bytes:
		return builtin("bytes")
	case syntax.Number:
		if strings.ContainsAny(e.Value, ".eE") && !strings.HasPrefix(strings.ToLower(e.Value), "0x") {
			return builtin("float")
		}
		return builtin("int")
	case syntax.True, syntax.False:
		return builtin("bool")
	case syntax.None:
		return one(thing{shape: none})
	}
	return unknown
}

func builtin(class string) things {
	return one(thing{shape: external, path: "builtins." + class + "()"})
}

func (m *Module) evaluate(e syntax.Expr) things {
	switch e := e.(type) {
	case *syntax.Name:
		return m.name(e)
	case *syntax.Attribute:
		return m.attributeOf(e)
	case *syntax.Call:
		return m.call(e)
	case *syntax.BoolOp:
		var out things
		for i, v := range e.Values {
			found := m.eval(v)
			if e.Op == "or" && i < len(e.Values)-1 {
				found = truthy(found)
			}
			if e.Op == "and" && i < len(e.Values)-1 {
				found = falsy(found)
			}
			out = out.with(found)
		}
		return out
	case *syntax.IfExp:
		return m.eval(e.Body).with(m.eval(e.Orelse))
	case *syntax.BinOp:
		return m.binary(e)
	case *syntax.UnaryOp:
		if e.Op == "not" {
			return builtin("bool")
		}
		return builtin("int")
	case *syntax.Compare:
		return builtin("bool")
	case *syntax.JoinedStr:
		return m.joined(e)
	case *syntax.Await:
		return awaited(m.eval(e.Value))
	case *syntax.Yield, *syntax.YieldFrom:
		return unknown
	case *syntax.Lambda:
		if fn := m.callables[e]; fn != nil {
			return one(thing{shape: function, fn: fn})
		}
	case *syntax.List:
		return one(boxOf("list", m.elements(e.Elts)))
	case *syntax.Set:
		return one(boxOf("set", m.elements(e.Elts)))
	case *syntax.Tuple:
		t := boxOf("tuple", nil)
		for _, elt := range e.Elts {
			if _, ok := elt.(*syntax.Starred); ok {
				return one(boxOf("tuple", m.elements(e.Elts)))
			}
		}
		if len(e.Elts) <= 64 {
			for _, elt := range e.Elts {
				t.items = append(t.items, m.eval(elt))
			}
		}
		for _, item := range t.items {
			t.elem = t.elem.with(item)
		}
		return one(t)
	case *syntax.Dict:
		t := boxOf("dict", nil)
		for i, v := range e.Values {
			if i == 64 {
				break
			}
			if i < len(e.Keys) && e.Keys[i] != nil {
				t.key = t.key.with(plain(m.eval(e.Keys[i])))
				t.elem = t.elem.with(m.eval(v))
				continue
			}
			for _, o := range m.eval(v) {
				t.key, t.elem = t.key.with(o.key), t.elem.with(o.elem)
			}
		}
		return one(t)
	case *syntax.ListComp:
		return one(boxOf("list", m.eval(e.Elt)))
	case *syntax.SetComp:
		return one(boxOf("set", m.eval(e.Elt)))
	case *syntax.GeneratorExp:
		return one(boxOf("generator", m.eval(e.Elt)))
	case *syntax.DictComp:
		t := boxOf("dict", m.eval(e.Value))
		t.key = m.eval(e.Key)
		return one(t)
	case *syntax.Subscript:
		return m.subscript(e)
	}
	return unknown
}

// truthy leaves out None, as `x or y` does of x.
func truthy(ts things) things {
	if ts.onlyNone() {
		return nil
	}
	return ts.some()
}

// falsy is what `x and y` gives of x: a span is never false.
func falsy(ts things) things {
	var out things
	for _, t := range ts {
		if t.shape == none {
			out = append(out, t)
		}
	}
	return out
}

// plain forgets what a string is.
func plain(ts things) things {
	for _, t := range ts {
		if t.shape == text {
			return builtin("str")
		}
	}
	return ts
}

func (m *Module) elements(elts []syntax.Expr) things {
	var out things
	for i, e := range elts {
		if i == 64 {
			break
		}
		if s, ok := e.(*syntax.Starred); ok {
			out = out.with(m.iterate(m.eval(s.Value)))
			continue
		}
		out = out.with(m.eval(e))
	}
	return out
}

func (m *Module) binary(e *syntax.BinOp) things {
	left, right := m.eval(e.Left), m.eval(e.Right)
	if len(left) == 0 || len(right) == 0 {
		return nil // it rests on itself
	}
	switch e.Op {
	case "+":
		var out things
		for _, l := range left {
			for _, r := range right {
				switch {
				case l.shape == text && r.shape == text && len(l.path)+len(r.path) <= longestText:
					out = out.with(one(thing{shape: text, path: l.path + r.path}))
				case l.shape == box && r.shape == box:
					out = out.with(one(boxOf(l.path, l.elem.with(r.elem))))
				case l.shape == text || l.path == "builtins.str()":
					out = out.with(builtin("str"))
				default:
					out = out.with(unknown)
				}
			}
		}
		return out
	case "|":
		// Span | None as a value
		if union := left.some().with(right.some()); isClasses(union) {
			return union
		}
	case "%":
		for _, l := range left {
			if l.shape == text || l.path == "builtins.str()" {
				return builtin("str")
			}
		}
	case "*", "-", "/", "//", "**":
		if len(left) == 1 && left[0].path == "builtins.int()" {
			return builtin("int")
		}
	}
	return unknown
}

func isClasses(ts things) bool {
	for _, t := range ts {
		if t.shape != klass && (t.shape != external || t.instance) {
			return false
		}
	}
	return len(ts) > 0
}

func (m *Module) joined(e *syntax.JoinedStr) things {
	out := ""
	for _, part := range e.Values {
		switch part := part.(type) {
		case *syntax.Constant:
			out += part.Value
		case *syntax.FormattedValue:
			value := m.eval(part.Value)
			if len(value) != 1 || value[0].shape != text || part.Conversion != 0 && part.Conversion != 's' || part.FormatSpec != nil {
				return builtin("str")
			}
			out += value[0].path
		}
	}
	if e.Template || len(out) > longestText {
		return builtin("str")
	}
	return one(thing{shape: text, path: out})
}

func (m *Module) subscript(e *syntax.Subscript) things {
	var out things
	index, isConstant := e.Index.(*syntax.Constant)
	_, isSlice := e.Index.(*syntax.Slice)
	for _, t := range m.eval(e.Value) {
		switch {
		case t.shape == none:
		case t.shape == klass || t.shape == external && isTracerPath(t.path) && kindOf(t.path) == Class && !t.instance:
			out = out.with(one(t)) // Class[int]
		case t.shape == box && isSlice:
			out = out.with(one(boxOf(t.path, t.elem)))
		case t.shape == box && t.path == "tuple" && isConstant && len(t.items) > 0:
			if i, ok := smallNumber(index.Value); ok && i < len(t.items) {
				out = out.with(t.items[i])
			} else {
				out = out.with(t.elem)
			}
		case t.shape == box:
			out = out.with(orUnknown(t.elem))
		case t.shape == text:
			out = out.with(builtin("str"))
		case t.shape == external:
			if openNamespace(t.path) {
				out = out.with(unknown)
			} else if typing(t.path) != "" {
				out = out.with(one(thing{shape: external, path: t.path + "[]", elem: m.annotation(e)}))
			} else {
				out = out.with(one(thing{shape: external, path: t.path + "[]"}))
			}
		case t.shape == object:
			out = out.with(m.callMethod(t, "__getitem__"))
		default:
			out = out.with(unknown)
		}
	}
	if key := dotted(e.Value); key != "" && out.open() {
		// d["x"] = span; d["x"].finish()
		at := m.innermost(int(e.Start))
		if found := at.scope.names[key+"[]"]; len(found) > 0 {
			out = out.with(m.union(found))
		}
	}
	return out
}

func orUnknown(ts things) things {
	if len(ts) == 0 {
		return unknown
	}
	return ts
}

func smallNumber(s string) (int, bool) {
	if len(s) != 1 || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	return int(s[0] - '0'), true
}

// iterate is an element of what a for loop goes over.
func (m *Module) iterate(ts things) things {
	var out things
	for _, t := range ts {
		switch t.shape {
		case none:
		case text:
			out = out.with(builtin("str"))
		case box:
			if t.path == "dict" {
				out = out.with(orUnknown(t.key))
			} else {
				out = out.with(orUnknown(t.elem))
			}
		case external:
			out = out.with(one(thing{shape: external, path: t.path + "[]"}))
		case object:
			found := m.callMethod(t, "__iter__")
			if found.open() {
				found = m.callMethod(t, "__getitem__")
				out = out.with(found)
			} else {
				for _, f := range found {
					if f.shape == object { // often the thing itself
						out = out.with(m.callMethod(f, "__next__"))
					} else {
						out = out.with(m.iterate(things{f}))
					}
				}
			}
		default:
			out = out.with(unknown)
		}
	}
	return out
}

// asyncIterate is an element of what an async for loop goes over.
func (m *Module) asyncIterate(ts things) things {
	var out things
	for _, t := range ts {
		if t.shape == object {
			out = out.with(awaited(m.callMethod(thing{shape: object, class: t.class}, "__anext__")))
		} else {
			out = out.with(m.iterate(one(t)))
		}
	}
	return out
}

// awaited is what `await x` gives.
func awaited(ts things) things {
	var out things
	for _, t := range ts {
		if t.shape == box && t.path == "coroutine" {
			out = out.with(orUnknown(t.elem))
		} else if t.shape == object || t.shape == external && isTracerPath(t.path) {
			out = out.with(unknown)
		} else {
			out = out.with(one(t))
		}
	}
	return out
}

// enter is what `with x` gives.
func (m *Module) enter(ts things, async bool) things {
	var out things
	for _, t := range ts {
		switch t.shape {
		case none:
		case external:
			if member, ok := ddtraceTables().members[t.path+".__enter__"]; ok && t.instance {
				out = out.with(member.result)
			} else {
				out = out.with(one(t))
			}
		case box:
			switch t.path {
			case "contextmanager":
				out = out.with(orUnknown(t.elem))
			case "coroutine":
				out = out.with(m.enter(t.elem, async))
			default:
				out = out.with(unknown)
			}
		case object:
			found := m.method(t, "__enter__")
			if async {
				found = m.method(t, "__aenter__")
			}
			switch {
			case len(found) == 0 && t.class.tracerBase() != "":
				out = out.with(one(t))
			case async:
				out = out.with(awaited(m.callMethod(t, "__aenter__")))
			default:
				out = out.with(m.callMethod(t, "__enter__"))
			}
		default:
			out = out.with(unknown)
		}
	}
	return out
}

// unpack takes the part of a value that a target of an assignment gets.
func (m *Module) unpack(ts things, path []int) things {
	for _, i := range path {
		var out things
		for _, t := range ts {
			if t.shape == box && i >= 0 && i < len(t.items) {
				out = out.with(t.items[i])
			} else {
				out = out.with(m.iterate(one(t)))
			}
		}
		ts = out
	}
	return ts
}
