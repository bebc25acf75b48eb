package rules

import (
	"bytes"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/names"
	"hoofprint/internal/migrate/syntax"
)

// openaiStreams finds streamed completions of OpenAI that do not ask for the token counts.
func openaiStreams(s *scan, n syntax.Node) {
	c, ok := n.(*syntax.Call)
	if !ok {
		return
	}
	a, ok := c.Func.(*syntax.Attribute)
	if !ok || a.Attr.Name != "create" && a.Attr.Name != "acreate" || !hasKeyword(c, "stream") {
		return
	}
	old := s.oldCompletions(a)
	if !old && !s.completions(a) {
		return
	}
	var stream *syntax.Keyword
	splat := false
	for _, k := range c.Keywords {
		switch k.Name.Name {
		case "stream":
			stream = k
		case "":
			splat = true // it may have the options
		case "stream_options":
			if options, ok := k.Value.(*syntax.Dict); !ok || s.hasKey(options, "include_usage") && !refusesUsage(options) {
				return
			}
			splat = true // it is not for us to write into them
		}
	}
	if stream == nil {
		s.splatStream(c)
		return
	}
	switch value := stream.Value.(type) {
	case *syntax.Constant:
		if value.Kind != syntax.True {
			return
		}
	case *syntax.Name, *syntax.Attribute:
		splat = splat || s.assigned(value) != syntax.True // without streaming, OpenAI refuses the options
		if s.assigned(value) == syntax.False {
			return
		}
	default:
		return
	}
	f := s.behaves("openai-stream-usage", stream, finding.Likely)
	if splat || old { // the package before 1.0 is to be updated first
		return
	}
	for _, slot := range s.slots(c) {
		if start, end := stream.Range(); slot.start <= start && end <= slot.end {
			f.Edits = []finding.Edit{{Start: slot.end, End: slot.end, New: `, stream_options={"include_usage": True}`}}
		}
	}
}

// assigned is the kind of the constant that is the only thing a name of this module is set to.
func (s *scan) assigned(e syntax.Expr) syntax.ConstantKind {
	name, ok := e.(*syntax.Name)
	if !ok {
		return syntax.Str
	}
	kind, times := syntax.Str, 0
	syntax.Walk(s.m.Tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			for _, target := range n.Targets {
				if t, ok := target.(*syntax.Name); ok && t.ID == name.ID {
					times++
					if c, ok := n.Value.(*syntax.Constant); ok {
						kind = c.Kind
					}
				}
			}
		case *syntax.Arg:
			if n.Name.Name == name.ID {
				times = 2
			}
		}
		return true
	})
	if times != 1 {
		return syntax.Str
	}
	return kind
}

// splatStream finds a ** of a dictionary that the same function wrote, with stream and without
// the options.
func (s *scan) splatStream(c *syntax.Call) {
	for _, k := range c.Keywords {
		name, ok := k.Value.(*syntax.Name)
		if k.Name.Name != "" || !ok {
			continue
		}
		var around syntax.Node = s.m.Tree
		if f := s.m.EnclosingFunction(c); f != nil {
			around = f
		}
		streams, options := false, false
		syntax.Walk(around, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Constant:
				options = options || n.Kind == syntax.Str && n.Value == "stream_options"
			case *syntax.Keyword:
				options = options || n.Name.Name == "stream_options"
			case *syntax.Assign:
				if t, ok := n.Targets[0].(*syntax.Name); ok && t.ID == name.ID {
					streams = streams || streamed(n.Value)
				} else if t, ok := n.Targets[0].(*syntax.Subscript); ok && s.text(t.Value) == name.ID {
					key, ok := t.Index.(*syntax.Constant)
					streams = streams || ok && key.Value == "stream" && isTrue(n.Value)
				}
			}
			return true
		})
		if streams && !options {
			s.behaves("openai-stream-usage", k, finding.Likely)
		}
	}
}

// streamed says that a dictionary has stream=True.
func streamed(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Dict:
		for i, key := range e.Keys {
			if c, ok := key.(*syntax.Constant); ok && c.Kind == syntax.Str && c.Value == "stream" && isTrue(e.Values[i]) {
				return true
			}
		}
	case *syntax.Call:
		if f, ok := e.Func.(*syntax.Name); ok && f.ID == "dict" {
			for _, k := range e.Keywords {
				if k.Name.Name == "stream" && isTrue(k.Value) {
					return true
				}
			}
		}
	}
	return false
}

func isTrue(e syntax.Expr) bool {
	c, ok := e.(*syntax.Constant)
	return ok && c.Kind == syntax.True
}

// refusesUsage says that options have "include_usage": False.
func refusesUsage(options *syntax.Dict) bool {
	for i, key := range options.Keys {
		c, ok := key.(*syntax.Constant)
		if value, known := options.Values[i].(*syntax.Constant); ok && c.Value == "include_usage" && known && value.Kind == syntax.False {
			return true
		}
	}
	return false
}

// oldCompletions says that an attribute is openai.ChatCompletion.create or its like, of openai before 1.0.
func (s *scan) oldCompletions(a *syntax.Attribute) bool {
	v := s.m.Value(a)
	return v.Kind == names.Foreign && (strings.HasPrefix(v.Name, "openai.ChatCompletion.") || strings.HasPrefix(v.Name, "openai.Completion."))
}

// completions says that an attribute is the create of OpenAI's completions, or may be: the
// client is one of openai, or nobody knows what it is and the module speaks of openai.
func (s *scan) completions(a *syntax.Attribute) bool {
	of, ok := a.Value.(*syntax.Attribute)
	if !ok {
		return strings.HasPrefix(s.m.Value(a).Name, "openai.") && strings.HasSuffix(s.m.Value(a).Name, "completions.create")
	}
	if a.Attr.Name != "create" || of.Attr.Name != "completions" {
		return false
	}
	switch v := s.m.Value(a); v.Kind {
	case names.Foreign:
		return v.Name == "openai" || strings.HasPrefix(v.Name, "openai.")
	case names.Unknown:
		return bytes.Contains(s.file.Text, []byte("openai"))
	default:
		return false
	}
}
