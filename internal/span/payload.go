package span

// Chunk is one partial or whole local trace: spans of one trace id that one
// process sent together.
type Chunk struct {
	Priority int8 // PriorityNone when the client sent none
	Origin   string
	Spans    []Span
}

// Client says who sent a payload, as its request headers or its ring tell.
type Client struct {
	Lang          string // "python"
	LangVersion   string // "3.13.1"
	Interpreter   string // "CPython"
	TracerVersion string
	ContainerID   string
	Hostname      string
	// ComputedTopLevel says that _dd.top_level is already set.
	ComputedTopLevel bool
	// ComputedStats says that the client sends its own stats: none may be
	// computed from these spans.
	ComputedStats bool
	// Dropped* count what the client dropped unsampled since its last payload.
	DroppedTraces, DroppedSpans int64
}

// Payload is what one client sent at once.
type Payload struct {
	Client Client
	Chunks []Chunk
	// MayRepeat says that some of the spans may have been delivered before: their
	// sender was killed before it could note the answer.
	MayRepeat bool
}
