// Package oracle is the receiving end of the Datadog Agent, built from its own
// code: what it accepts, and what it makes of it, is what our client and our
// decoders are held against.
package oracle

import (
	"context"
	"fmt"
	"net"

	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/trace/api"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	tracelog "github.com/DataDog/datadog-agent/pkg/trace/log"
	"github.com/DataDog/datadog-agent/pkg/trace/sampler"
	"github.com/DataDog/datadog-agent/pkg/trace/telemetry"
	"github.com/DataDog/datadog-agent/pkg/trace/timing"
	"github.com/DataDog/datadog-go/v5/statsd"

	"hoofprint/internal/span"
)

// Receiver is a running agent front.
type Receiver struct {
	// Address is the URL that it serves.
	Address string
	// Payloads gives what it accepted, in order.
	Payloads <-chan Payload
	// Stats gives the client stats that it accepted; what does not fit is lost.
	Stats <-chan Stats

	receiver *api.HTTPReceiver
}

// Payload is what the Agent understood of one request.
type Payload struct {
	Lang, LangVersion, TracerVersion string
	ComputedTopLevel, ComputedStats  bool
	Chunks                           []span.Chunk
}

// Stats is what the Agent understood of one payload of client stats.
type Stats struct {
	Payload            *pb.ClientStatsPayload
	Lang               string
	ObfuscationVersion string
}

// Start serves on a TCP address; what the Agent would log as a warning or worse
// goes to warn. The log of the Agent is global: run one receiver at a time.
func Start(address string, warn func(string)) (*Receiver, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	tracelog.SetLogger(logger{warn})
	tcp := listener.Addr().(*net.TCPAddr)
	c := config.New()
	c.Endpoints[0].APIKey = "none"
	c.Hostname = "oracle"
	c.ReceiverHost, c.ReceiverPort = tcp.IP.String(), tcp.Port
	c.MaxConnections, c.DecoderTimeout = 1000, 1000 // as in the shipped Agent
	in := make(chan *api.PayloadV1, 1000)
	old := make(chan *api.Payload, 1)
	counted := make(chan Stats, 1000)
	r := api.NewHTTPReceiver(c, sampler.NewDynamicConfig(), old, in, takeStats(counted), telemetry.NewNoopCollector(),
		&statsd.NoOpClient{}, &timing.NoopReporter{})
	r.SetTCPListener(listener)
	r.Start()
	out := make(chan Payload, 1000)
	go func() {
		defer close(out)
		for p := range in {
			out <- payload(p)
		}
	}()
	return &Receiver{Address: "http://" + listener.Addr().String(), Payloads: out, Stats: counted, receiver: r}, nil
}

// Stop ends the receiver.
func (r *Receiver) Stop() error { return r.receiver.Stop() }

// takeStats passes statistics on.
type takeStats chan<- Stats

func (c takeStats) ProcessStats(_ context.Context, p *pb.ClientStatsPayload, lang, _, _, obfuscation string) error {
	select {
	case c <- Stats{Payload: p, Lang: lang, ObfuscationVersion: obfuscation}:
	default:
	}
	return nil
}
