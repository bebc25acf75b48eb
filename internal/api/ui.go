package api

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// ui serves the built UI: hashed assets for ever, and index.html for each
// address that the UI itself understands.
type ui struct {
	files   fs.FS
	handler http.Handler
}

func newUI(files fs.FS) http.Handler {
	if files == nil {
		return http.HandlerFunc(notBuilt)
	}
	return &ui{files, http.FileServerFS(files)}
}

func (u *ui) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if info, err := fs.Stat(u.files, name); name != "" && name != "index.html" && err == nil && !info.IsDir() {
		if strings.HasPrefix(name, "assets/") { // their names hold a hash of their content
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		u.handler.ServeHTTP(w, r)
		return
	}
	if strings.HasPrefix(name, "assets/") {
		// Never the page in place of a script: the page of an older build asks for it.
		http.Error(w, "this asset is of another build; reload the page", http.StatusNotFound)
		return
	}
	index, err := fs.ReadFile(u.files, "index.html")
	if err != nil {
		notBuilt(w, r)
		return
	}
	sum := sha256.Sum256(index)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:8]))
	http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader(index))
}

func notBuilt(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("<!doctype html><html lang=en><title>Hoofprint</title><body style=\"font:15px/1.5 system-ui;max-width:36em;margin:4em auto\">" +
		"<h1 style=\"font-size:20px\">The pages are not built into this binary</h1>" +
		"<p>Run <code>make build</code> and start <code>bin/hoofprint serve</code> again. " +
		"Spans are taken in meanwhile, and the JSON API answers under <a href=\"/api/v1/status\">/api/v1/status</a>.</body></html>\n"))
}
