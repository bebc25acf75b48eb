package span

// Link points from a span to a span of another trace.
type Link struct {
	TraceID    TraceID
	SpanID     uint64
	TraceState string
	Flags      uint32 // W3C trace flags; bit 31 says that they were given
	Attributes []Tag
}

// Event is something that happened at one moment of a span.
type Event struct {
	Time       int64 // Unix ns
	Name       string
	Attributes []Attribute
}

// Attribute is a typed attribute of an event. Value is a string, bool, int64,
// float64 or a []any of those.
type Attribute struct {
	Key   string
	Value any
}
