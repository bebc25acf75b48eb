package oracle

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"hoofprint/internal/wire/v04"
)

// wild writes payloads as no tracer of today does but as the Agent takes them:
// nil for anything, bin for str, invalid UTF-8, numbers of any width, unknown keys.
type wild struct {
	*rand.Rand
	b []byte
}

func (w *wild) text(s string) {
	switch w.IntN(8) {
	case 0:
		w.b = msgp.AppendNil(w.b)
	case 1:
		w.b = msgp.AppendBytes(w.b, []byte(s))
	case 2:
		w.b = msgp.AppendString(w.b, s+"\xff\xc0é\xe2\x82")
	default:
		w.b = msgp.AppendString(w.b, s)
	}
}

// whole writes a number that fits 31 bits in some form.
func (w *wild) whole(n uint32) {
	n >>= 1 + w.IntN(24)
	switch w.IntN(6) {
	case 0:
		w.b = msgp.AppendNil(w.b)
	case 1:
		w.b = append(w.b, 0xcf, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	case 2:
		w.b = append(w.b, 0xd3, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	case 3:
		w.b = append(w.b, 0xd2, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	default:
		w.b = msgp.AppendUint32(w.b, n)
	}
}

func (w *wild) number() {
	switch w.IntN(4) {
	case 0:
		w.b = msgp.AppendInt64(w.b, -w.Int64())
	case 1:
		w.b = msgp.AppendUint64(w.b, w.Uint64())
	case 2:
		w.b = msgp.AppendNil(w.b)
	default:
		w.b = msgp.AppendFloat64(w.b, w.NormFloat64())
	}
}

func (w *wild) span(trace uint64) {
	fields := []string{"service", "name", "resource", "type", "start", "duration", "error", "meta", "metrics", "meta_struct", "future"}
	w.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	fields = fields[:w.IntN(len(fields)+1)]
	w.b = msgp.AppendMapHeader(w.b, uint32(len(fields)+3))
	w.b = msgp.AppendUint64(msgp.AppendString(w.b, "trace_id"), trace)
	w.b = msgp.AppendInt64(msgp.AppendString(w.b, "span_id"), int64(w.Uint64()|1)) // negative at times
	w.b = msgp.AppendString(w.b, "parent_id")
	w.whole(w.Uint32())
	for _, field := range fields {
		w.b = msgp.AppendString(w.b, field)
		switch field {
		case "start", "duration":
			w.whole(w.Uint32())
		case "error":
			w.b = msgp.AppendInt(w.b, w.IntN(2))
		case "meta":
			n := w.IntN(30)
			w.b = msgp.AppendMapHeader(w.b, uint32(n))
			for i := range n {
				w.b = msgp.AppendString(w.b, fmt.Sprintf("key.%d", i))
				w.text(strings.Repeat("v", w.IntN(300)))
			}
		case "metrics":
			n := w.IntN(30)
			w.b = msgp.AppendMapHeader(w.b, uint32(n))
			for i := range n {
				w.b = msgp.AppendString(w.b, fmt.Sprintf("number.%d", i))
				w.number()
			}
		case "meta_struct":
			w.b = msgp.AppendBytes(msgp.AppendString(msgp.AppendMapHeader(w.b, 1), "struct"), []byte{0x80})
		case "future":
			w.b = msgp.AppendInt(msgp.AppendString(msgp.AppendMapHeader(msgp.AppendArrayHeader(w.b, 2), 1), "a"), 1)
			w.b = msgp.AppendNil(w.b)
		default:
			w.text(field)
		}
	}
}

func TestWeReadWildPayloadsAsTheAgentDoes(t *testing.T) {
	r := agent(t)
	for seed := range uint64(500) {
		w := wild{Rand: rand.New(rand.NewPCG(seed, 2))}
		chunks := 1 + w.IntN(3)
		w.b = msgp.AppendArrayHeader(w.b, uint32(chunks))
		for range chunks {
			trace, spans := w.Uint64()|1, 1+w.IntN(4)
			w.b = msgp.AppendArrayHeader(w.b, uint32(spans))
			for range spans {
				w.span(trace)
			}
		}
		ours, err := v04.Decode(w.b)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		compare(t, fmt.Sprintf("seed %d", seed), accept(t, r, "/v0.4/traces", w.b), ours)
	}
}

func TestTheReceiverWarnsOfWhatItRefuses(t *testing.T) {
	var warned atomic.Int32
	r, err := Start("127.0.0.1:0", func(string) { warned.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Stop() }()
	answer, err := http.Post(r.Address+"/v0.4/traces", "application/msgpack", strings.NewReader("\x91\x91\x81"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != 400 || warned.Load() == 0 {
		t.Fatalf("%d %s, %d warnings", answer.StatusCode, text, warned.Load())
	}
	ours, err := v04.Decode([]byte("\x91\x91\x81"))
	if err == nil {
		t.Fatalf("we accept it: %v", ours)
	}
}
