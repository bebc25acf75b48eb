package api

import "net/http"

// Intake says who sends what. Its counts are since the start of the server.
type Intake struct {
	// Addresses under which clients reach it, as URLs.
	Addresses []string
	// Dropped spans were thrown away after they were taken in, Refused payloads
	// never were taken in.
	Dropped, Refused int64
	// Asked counts requests for /info and hellos of traced processes.
	Asked   int64
	Clients []Client
}

// Client is a process, or an HTTP client, that sends spans.
type Client struct {
	Service       string
	Lang          string
	LangVersion   string
	TracerVersion string
	PID           int
	Via           string // "ring" or "http"
	LastSeen      int64  // Unix ns
}

type statusAnswer struct {
	Version  string        `json:"version"`
	Now      millis        `json:"now"`
	FirstRun bool          `json:"first_run"`
	Intake   intakeAnswer  `json:"intake"`
	Storage  storageAnswer `json:"storage"`
}

type intakeAnswer struct {
	Addresses      []string       `json:"addresses"`
	Agents         int            `json:"agents"`
	SpansPerSecond float64        `json:"spans_per_second"`
	Spans          int64          `json:"spans"`
	Dropped        int64          `json:"dropped"`
	Refused        int64          `json:"refused"`
	Asked          int64          `json:"asked"`
	Integrations   []string       `json:"integrations"`
	Clients        []clientAnswer `json:"clients"`
}

type clientAnswer struct {
	Service       string `json:"service"`
	Lang          string `json:"lang"`
	LangVersion   string `json:"lang_version"`
	TracerVersion string `json:"tracer_version"`
	PID           int    `json:"pid"`
	Via           string `json:"via"`
	LastSeen      millis `json:"last_seen"`
}

type storageAnswer struct {
	Bytes       int64       `json:"bytes"`
	LimitBytes  int64       `json:"limit_bytes"`
	Spans       int64       `json:"spans"`
	Oldest      *millis     `json:"oldest"`
	RetentionNS int64       `json:"retention_ns"`
	Days        []dayAnswer `json:"days"`
}

type dayAnswer struct {
	Day   millis `json:"day"`
	Bytes int64  `json:"bytes"`
	Spans int64  `json:"spans"`
}

func (s *server) status(*http.Request, *params) (any, error) {
	usage := s.Store.Usage()
	out := statusAnswer{
		Version:  s.Version,
		Now:      millis(s.Now().UnixNano()),
		FirstRun: usage.Spans == 0 && !s.Registry.Seen(),
		Intake:   intakeAnswer{Addresses: []string{}, Clients: []clientAnswer{}},
		Storage: storageAnswer{
			Bytes: usage.Bytes, LimitBytes: usage.LimitBytes, Spans: usage.Spans,
			RetentionNS: usage.Retention, Days: []dayAnswer{},
		},
	}
	in := &out.Intake
	in.Spans, in.SpansPerSecond, in.Integrations = s.Activity.snapshot()
	if s.Intake != nil {
		now := s.Intake()
		in.Addresses = append(in.Addresses, now.Addresses...)
		in.Dropped, in.Refused, in.Asked = now.Dropped, now.Refused, now.Asked
		for _, c := range now.Clients {
			if c.LastSeen < s.Now().Add(-clientAge).UnixNano() {
				continue
			}
			in.Agents++
			in.Clients = append(in.Clients, clientAnswer{c.Service, c.Lang, c.LangVersion, c.TracerVersion, c.PID, c.Via, millis(c.LastSeen)})
		}
	}
	if usage.Oldest != 0 {
		oldest := millis(usage.Oldest)
		out.Storage.Oldest = &oldest
	}
	for _, d := range usage.BytesPerDay {
		out.Storage.Days = append(out.Storage.Days, dayAnswer{millis(d.Day), d.Bytes, d.Spans})
	}
	return out, nil
}
