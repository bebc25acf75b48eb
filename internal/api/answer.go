package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// question answers a request with a value for JSON, or an error: a *problem
// when the asker can do something about it.
type question func(r *http.Request, p *params) (any, error)

// lasting marks an answer that may be kept and revalidated by its ETag.
type lasting struct{ value any }

// problem is an error that the asker sees as it is.
type problem struct {
	status  int
	message string
	term    string // the wrong term of q
}

func (p *problem) Error() string { return p.message }

func badInput(format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &problem{status: http.StatusNotFound, message: fmt.Sprintf(format, args...)}
}

// answer makes a handler of a question: it parses the parameters, waits its
// turn, ends the question with its asker, and writes what came of it.
func (s *server) answer(ask question) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			s.writeError(w, r, &problem{status: http.StatusMethodNotAllowed, message: "the API is read-only: use GET"})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		select {
		case s.turns <- struct{}{}:
			defer func() { <-s.turns }()
		case <-ctx.Done():
			s.writeError(w, r, ctx.Err())
			return
		}
		p, err := s.parse(r)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		value, err := ask(r, p)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		s.writeJSON(w, r, http.StatusOK, value)
	}
}

func (s *server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, context.Canceled):
		return // nobody listens
	case errors.Is(err, context.DeadlineExceeded):
		p = &problem{status: http.StatusServiceUnavailable,
			message: fmt.Sprintf("the answer took longer than %s; narrow the time range or the search", requestTimeout)}
	default:
		s.Log.Error("a question failed", "path", r.URL.Path, "query", r.URL.RawQuery, "error", err)
		p = &problem{status: http.StatusInternalServerError, message: err.Error()}
	}
	type body struct {
		Message string `json:"message"`
		Term    string `json:"term,omitempty"`
	}
	s.writeJSON(w, r, p.status, map[string]body{"error": {p.message, p.term}})
}

func (s *server) writeJSON(w http.ResponseWriter, r *http.Request, status int, value any) {
	keep, keeps := value.(lasting)
	if keeps {
		value = keep.value
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		s.Log.Error("an answer could not be written as JSON", "path", r.URL.Path, "error", err)
		http.Error(w, `{"error":{"message":"the answer could not be written as JSON"}}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding")
	if keeps {
		sum := fnv.New128a()
		sum.Write(body.Bytes())
		tag := fmt.Sprintf(`W/"%x"`, sum.Sum(nil))
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	content := body.Bytes()
	if len(content) >= gzipFrom && acceptsGzip(r) {
		var small bytes.Buffer
		z := s.zippers.Get().(*gzip.Writer)
		defer s.zippers.Put(z)
		z.Reset(&small)
		// Writes to a bytes.Buffer do not fail.
		_, _ = z.Write(content)
		_ = z.Close()
		content = small.Bytes()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the asker may have left
	}
}

func acceptsGzip(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
			if name == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0" {
				return true
			}
		}
	}
	return false
}
