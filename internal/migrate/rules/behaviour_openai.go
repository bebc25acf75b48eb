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
	if !ok || a.Attr.Name != "create" || !hasKeyword(c, "stream") || !s.completions(a) {
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
			if options, ok := k.Value.(*syntax.Dict); !ok || s.hasKey(options, "include_usage") {
				return
			}
			splat = true // it is not for us to write into them
		}
	}
	if stream == nil {
		return // in a ** perhaps
	}
	if value, ok := stream.Value.(*syntax.Constant); !ok || value.Value != "True" {
		return
	}
	f := s.behaves("openai-stream-usage", stream, finding.Likely)
	if splat {
		return
	}
	for _, slot := range s.slots(c) {
		if start, end := stream.Range(); slot.start <= start && end <= slot.end {
			f.Edits = []finding.Edit{{Start: slot.end, End: slot.end, New: `, stream_options={"include_usage": True}`}}
		}
	}
}

// completions says that an attribute is the create of OpenAI's completions, or may be: the
// client is one of openai, or nobody knows what it is and the module speaks of openai.
func (s *scan) completions(a *syntax.Attribute) bool {
	of, ok := a.Value.(*syntax.Attribute)
	if !ok {
		return strings.HasPrefix(s.m.Value(a).Name, "openai.") && strings.HasSuffix(s.m.Value(a).Name, "completions.create")
	}
	if of.Attr.Name != "completions" {
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
