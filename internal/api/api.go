// Package api answers the questions of the UI and of the command line as JSON,
// and serves the UI itself. docs/api.md is its contract.
package api

import (
	"compress/gzip"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"hoofprint/internal/identity"
	"hoofprint/internal/store"
	"hoofprint/internal/uses"
)

// Config is what the API works on.
type Config struct {
	Store    store.Store
	Registry *identity.Registry
	Activity *Activity
	// Uses keeps which removed names are in use.
	Uses *uses.Store
	// Intake says who sends; nil when nothing is taken in.
	Intake func() Intake
	// UI holds the built UI: index.html and assets.
	UI      fs.FS
	Version string
	// Loopback says that the listener is bound to a loopback address: then a
	// Host header that names anything else is refused.
	Loopback bool
	Log      *slog.Logger
	Now      func() time.Time
}

type server struct {
	Config
	turns   chan struct{} // bounds the questions that run at once
	zippers sync.Pool     // *gzip.Writer: their tables take 800 kB each
}

// New gives the handler of the API and the UI.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &server{Config: c, turns: make(chan struct{}, heavyQuestions)}
	s.zippers.New = func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return z
	}
	mux := http.NewServeMux()
	for path, ask := range map[string]question{
		"status":                     s.status,
		"envs":                       s.envs,
		"track":                      s.track,
		"services":                   s.services,
		"services/{name}":            s.service,
		"spans":                      s.spans,
		"traces":                     s.traces,
		"heatmap":                    s.heatmap,
		"facets":                     s.facets,
		"keys":                       s.keys,
		"values":                     s.values,
		"difference":                 s.difference,
		"uses":                       s.uses,
		"trace/{id}":                 s.trace,
		"trace/{id}/spans/{span_id}": s.traceSpan,
	} {
		mux.HandleFunc("/api/v1/"+path, s.answer(ask))
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.writeError(w, r, &problem{status: http.StatusNotFound, message: "there is no " + r.URL.Path + "; docs/api.md lists what there is"})
	})
	mux.Handle("/", newUI(c.UI))
	return s.guard(mux)
}
