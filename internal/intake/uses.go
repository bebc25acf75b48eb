package intake

import (
	"errors"
	"net"
	"net/http"

	"hoofprint/internal/uses"
)

// serveUses takes what a collector tells of removed names in use. It answers
// success only for what is kept.
func (i *Intake) serveUses(w http.ResponseWriter, r *http.Request) {
	body, release, err := i.readBody(w, r)
	if errors.Is(err, errCrowded) {
		http.Error(w, err.Error(), http.StatusTooManyRequests)
		return
	}
	if err != nil {
		refuseUses(w, err)
		return
	}
	defer release()
	if !i.takeTurn(r.Context()) {
		http.Error(w, errCrowded.Error(), http.StatusTooManyRequests)
		return
	}
	defer func() { <-i.turns }()
	report, err := uses.Decode(body.Bytes())
	if err != nil {
		refuseUses(w, err)
		return
	}
	if err := i.Uses(report); err != nil {
		i.complain(i.counters.failedSpans.Load(), err)
		http.Error(w, "the uses could not be kept, send them again later", http.StatusServiceUnavailable)
		return
	}
	answerOK(w, http.StatusOK)
}

func refuseUses(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	var r *refusal
	if errors.As(err, &r) {
		status = r.status
	}
	http.Error(w, err.Error(), status)
}

// whereUses leads a reader to the web page's address: who may read is decided there.
func (i *Intake) whereUses(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	page := ""
	if i.Page != nil {
		page = i.Page(host)
	}
	if page == "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":{"message":"the web page, where uses are read, is only for its own host; start hoofprint serve with --ui and an address that others reach"}}`))
		return
	}
	to := page + "/api/v1/uses"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, to, http.StatusTemporaryRedirect)
}
