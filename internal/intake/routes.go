package intake

import (
	"net/http"

	"hoofprint/internal/span"
	"hoofprint/internal/uses"
	"hoofprint/internal/wire/v04"
	"hoofprint/internal/wire/v05"
)

// format is one trace endpoint.
type format struct {
	path   string
	decode func([]byte) ([]span.Chunk, error)
	// sniff: the endpoint knows other codecs too and goes by Content-Type.
	sniff bool
	// rates: the answer is the sampling rates; older endpoints answer OK.
	rates bool
}

func formats() []format {
	return []format{
		{path: "/v0.3/traces", decode: v04.Decode, sniff: true},
		{path: "/v0.4/traces", decode: v04.Decode, sniff: true, rates: true},
		{path: "/v0.5/traces", decode: v05.Decode, rates: true},
	}
}

// servicePaths took descriptions of services once; nobody needs those, but
// clients expect an answer.
func servicePaths() []string { return []string{"/v0.3/services", "/v0.4/services"} }

// hiddenServicePaths are those too old to be announced.
func hiddenServicePaths() []string { return []string{"/services", "/v0.1/services", "/v0.2/services"} }

func (i *Intake) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /info", i.serveInfo)
	for _, f := range formats() {
		i.take(mux, f.path, func(w http.ResponseWriter, r *http.Request) { i.serveTraces(w, r, f) })
	}
	for _, path := range append(servicePaths(), hiddenServicePaths()...) {
		i.take(mux, path, func(w http.ResponseWriter, _ *http.Request) { answerOK(w, http.StatusOK) })
	}
	if i.Uses != nil {
		i.take(mux, uses.Endpoint, i.serveUses)
		mux.HandleFunc("GET "+uses.Endpoint, i.whereUses)
	}
	return mux
}

// take registers what clients send to, under both methods that they use.
func (i *Intake) take(mux *http.ServeMux, path string, handler http.HandlerFunc) {
	guarded := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Datadog-Agent-Version", i.Version)
		w.Header().Set("Datadog-Agent-State", i.info.state)
		// A page of another origin has no business writing spans.
		if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			err := &refusal{http.StatusForbidden, "cross-site request rejected"}
			i.refuse(w, err, count(r.Header, "X-Datadog-Trace-Count"))
			return
		}
		handler(w, r)
	}
	mux.HandleFunc("POST "+path, guarded)
	mux.HandleFunc("PUT "+path, guarded)
}

func answerOK(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("OK\n")) // the client is gone if this fails
}
