package oracle

import (
	"testing"

	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace/idx"

	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
	"hoofprint/internal/wire/wiretest"
)

// BenchmarkDecode compares our decoders with the Agent's two generations of them.
func BenchmarkDecode(b *testing.B) {
	const spans = 1000
	chunks := wiretest.TenTags(spans)
	f := func(name string, payload []byte, decode func([]byte) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(payload); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/spans, "ns/span")
		})
	}
	four, five := v04.Append(nil, chunks), v05.Append(nil, chunks)
	f("v0.4/ours", four, func(p []byte) error { _, err := v04.Decode(p); return err })
	f("v0.4/agent", four, func(p []byte) error { var t pb.Traces; _, err := t.UnmarshalMsg(p); return err })
	f("v0.4/agent-v1", four, func(p []byte) error {
		var t idx.InternalTracerPayload
		_, err := t.UnmarshalMsgConverted(p)
		return err
	})
	f("v0.5/ours", five, func(p []byte) error { _, err := v05.Decode(p); return err })
	f("v0.5/agent", five, func(p []byte) error { var t pb.Traces; return t.UnmarshalMsgDictionary(p) })
	f("v0.5/agent-v1", five, func(p []byte) error { var t idx.InternalTracerPayload; return t.UnmarshalMsgDictionary(p) })
}
