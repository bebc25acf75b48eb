// Command oracle-agent is the receiving end of the Datadog Agent: it serves its
// endpoints, /info included, prints each span that it accepts as a line of JSON on
// stdout, and each warning on stderr after "warning: ". Its first line of output is
// {"address": "http://..."}. It runs until it gets SIGINT or SIGTERM, or its
// stdin ends.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"hoofprint/e2e/oracle"
	"hoofprint/internal/span"
)

// line is one span, with ids as hexadecimal text as they are shown to users.
type line struct {
	TraceID       string             `json:"trace_id"`
	SpanID        string             `json:"span_id"`
	ParentID      string             `json:"parent_id"` // sixteen zeros for none
	Service       string             `json:"service"`
	Name          string             `json:"name"`
	Resource      string             `json:"resource"`
	Type          string             `json:"type"`
	Start         int64              `json:"start"`
	Duration      int64              `json:"duration"`
	Error         int32              `json:"error"`
	Meta          map[string]string  `json:"meta"`
	Metrics       map[string]float64 `json:"metrics"`
	MetaStruct    map[string][]byte  `json:"meta_struct"`
	Links         []span.Link        `json:"links"`
	Events        []span.Event       `json:"events"`
	Priority      *int8              `json:"priority"` // of the chunk; null for none
	Origin        string             `json:"origin"`
	Lang          string             `json:"lang"`
	TracerVersion string             `json:"tracer_version"`
}

func main() {
	address := flag.String("listen", "127.0.0.1:0", "TCP address to serve")
	untilStdin := flag.Bool("until-stdin-ends", false, "end when stdin does")
	flag.Parse()
	if err := run(*address, *untilStdin); err != nil {
		fmt.Fprintln(os.Stderr, "oracle-agent:", err)
		os.Exit(1)
	}
}

func run(address string, untilStdin bool) error {
	r, err := oracle.Start(address, func(text string) { fmt.Fprintln(os.Stderr, "warning:", text) })
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]string{"address": r.Address}); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if untilStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop <- os.Interrupt
		}()
	}
	for {
		select {
		case <-stop:
			return r.Stop()
		case p := <-r.Payloads:
			for _, c := range p.Chunks {
				for i := range c.Spans {
					if err := out.Encode(lineOf(&p, &c, &c.Spans[i])); err != nil {
						return err
					}
				}
			}
		}
	}
}

func lineOf(p *oracle.Payload, c *span.Chunk, s *span.Span) line {
	l := line{
		TraceID: s.TraceID.String(), SpanID: fmt.Sprintf("%016x", s.ID), ParentID: fmt.Sprintf("%016x", s.ParentID),
		Service: s.Service, Name: s.Name, Resource: s.Resource, Type: s.Type, Start: s.Start, Duration: s.Duration, Error: s.Error,
		Meta: map[string]string{}, Metrics: map[string]float64{}, MetaStruct: map[string][]byte{},
		Links: s.Links, Events: s.Events, Origin: c.Origin, Lang: p.Lang, TracerVersion: p.TracerVersion,
	}
	for _, t := range s.Tags {
		l.Meta[t.Key] = t.Value
	}
	for _, m := range s.Metrics {
		l.Metrics[m.Key] = m.Value
	}
	for _, m := range s.Structs {
		l.MetaStruct[m.Key] = m.Value
	}
	if c.Priority != span.PriorityNone {
		l.Priority = &c.Priority
	}
	return l
}
