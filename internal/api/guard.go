package api

import (
	"net"
	"net/http"
	"strings"
)

// contentPolicy lets the UI load from this server alone; styles may be inline
// because the charts set sizes and places by them.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard sets the security headers and refuses requests that a foreign page made
// a browser send.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		switch {
		case s.Loopback && !isLoopbackHost(r.Host):
			// A foreign name that resolves to this machine (DNS rebinding)
			// would let its page read the traces.
			s.writeError(w, r, &problem{status: http.StatusForbidden,
				message: "this server answers to localhost only, not to " + r.Host + "; start it with --ui and a non-loopback address to open it to others"})
		case len(r.RequestURI) > maxURL:
			s.writeError(w, r, &problem{status: http.StatusRequestURITooLong, message: "the address is too long; shorten the search"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
