package oracle

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hoofprint/internal/span"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
	"hoofprint/internal/wire/wiretest"
)

// agent starts a receiver; every warning fails the test.
func agent(t *testing.T) *Receiver {
	t.Helper()
	var mu sync.Mutex
	ended := false
	r, err := Start("127.0.0.1:0", func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if !ended {
			t.Errorf("the agent warns: %s", text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		ended = true
		mu.Unlock()
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// accept sends a payload and gives what the agent made of it.
func accept(t *testing.T, r *Receiver, path string, body []byte) Payload {
	t.Helper()
	request, err := http.NewRequest("POST", r.Address+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"Content-Type": "application/msgpack", "Datadog-Meta-Lang": "python",
		"Datadog-Client-Computed-Top-Level": "yes", "X-Datadog-Trace-Count": "1"} {
		request.Header.Set(key, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != 200 {
		t.Fatalf("%s: %d %s", path, answer.StatusCode, text)
	}
	select {
	case p := <-r.Payloads:
		return p
	case <-time.After(10 * time.Second):
		t.Fatal("the agent accepted the payload and lost it")
		return Payload{}
	}
}

// asAgent is a chunk with what the agent and we keep in different places left
// out: to it the priority and the origin belong to the chunk alone.
func asAgent(c span.Chunk) span.Chunk {
	c.Spans = append([]span.Span(nil), c.Spans...)
	for i := range c.Spans {
		s := &c.Spans[i]
		s.Tags = append([]span.Tag(nil), s.Tags...)
		s.Metrics = append([]span.Metric(nil), s.Metrics...)
		s.DeleteTag(span.KeyOrigin)
		s.DeleteTag(span.KeyTraceIDHigh) // the agent reads it and leaves it
		s.DeleteMetric(span.KeySamplingPriority)
		if kind, _ := s.Tag(span.KeyKind); kind == "internal" {
			s.DeleteTag(span.KeyKind)
		}
	}
	return c
}

// compare holds our chunks against the agent's. Links and events that travel as
// JSON are just text to the agent; there their number is compared.
func compare(t *testing.T, name string, agents Payload, ours []span.Chunk) {
	t.Helper()
	if len(agents.Chunks) != len(ours) {
		t.Fatalf("%s: the agent has %d chunks, we %d", name, len(agents.Chunks), len(ours))
	}
	for i := range ours {
		their, our := asAgent(agents.Chunks[i]), asAgent(ours[i])
		if len(their.Spans) != len(our.Spans) {
			t.Fatalf("%s: the agent has %d spans, we %d", name, len(their.Spans), len(our.Spans))
		}
		for j := range our.Spans {
			if n, ok := takeJSON(t, &their.Spans[j], "_dd.span_links"); ok {
				if n != len(our.Spans[j].Links) {
					t.Errorf("%s: %d links in JSON, we have %d", name, n, len(our.Spans[j].Links))
				}
				our.Spans[j].Links = nil
			}
			if n, ok := takeJSON(t, &their.Spans[j], "events"); ok {
				if n != len(our.Spans[j].Events) {
					t.Errorf("%s: %d events in JSON, we have %d", name, n, len(our.Spans[j].Events))
				}
				our.Spans[j].Events = nil
			}
		}
		wiretest.SameChunk(t, their, our)
	}
}

// takeJSON removes a tag that holds a JSON list and gives its length.
func takeJSON(t *testing.T, s *span.Span, key string) (int, bool) {
	t.Helper()
	text, ok := s.Tag(key)
	if !ok {
		return 0, false
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Errorf("%s holds no JSON: %v", key, err)
	}
	s.DeleteTag(key)
	return len(list), true
}

func TestTheAgentAcceptsAndUnderstandsWhatWeEncode(t *testing.T) {
	r := agent(t)
	for seed := range uint64(300) {
		chunks := wiretest.Chunks(seed, true)
		compare(t, "v0.4", accept(t, r, "/v0.4/traces", v04.Append(nil, chunks)), chunks)
		chunks = wiretest.Chunks(seed, false)
		compare(t, "v0.5", accept(t, r, "/v0.5/traces", v05.Append(nil, chunks)), chunks)
	}
}

func TestTheAgentFindsPriorityAndOriginThatOnlyTheChunkHas(t *testing.T) {
	r := agent(t)
	chunks := []span.Chunk{{Priority: span.UserKeep, Origin: "rum", Spans: []span.Span{
		{TraceID: span.TraceID{High: 7 << 32, Low: 1}, ID: 2, ParentID: 3, Name: "a", Service: "s", Resource: "r"},
		{TraceID: span.TraceID{High: 7 << 32, Low: 1}, ID: 3, ParentID: 9, Name: "a", Service: "s", Resource: "r"},
	}}}
	compare(t, "v0.4", accept(t, r, "/v0.4/traces", v04.Append(nil, chunks)), chunks)
	compare(t, "v0.5", accept(t, r, "/v0.5/traces", v05.Append(nil, chunks)), chunks)
}

func TestWeReadPayloadsOfTheUnmodifiedTracerAsTheAgentDoes(t *testing.T) {
	r := agent(t)
	for _, version := range []struct {
		path, files string
		decode      func([]byte) ([]span.Chunk, error)
	}{
		{"/v0.4/traces", "../../internal/wire/v04/testdata/ddtrace/*.msgpack", v04.Decode},
		{"/v0.5/traces", "../../internal/wire/v05/testdata/ddtrace/*.msgpack", v05.Decode},
	} {
		files, err := filepath.Glob(version.files)
		if err != nil || len(files) == 0 {
			t.Fatalf("no payloads %s: %v", version.files, err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := version.decode(body)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, file, accept(t, r, version.path, body), ours)
		}
	}
}
