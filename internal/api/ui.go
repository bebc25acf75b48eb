package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ui serves the built UI: hashed assets for ever, and index.html for each
// address that the UI itself understands.
type ui struct {
	files   fs.FS
	handler http.Handler

	mu     sync.Mutex
	zipped map[string][]byte // assets by name, for browsers that take gzip
}

func newUI(files fs.FS) http.Handler {
	if files == nil {
		return http.HandlerFunc(notBuilt)
	}
	return &ui{files: files, handler: http.FileServerFS(files), zipped: map[string][]byte{}}
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
		if !u.serveZipped(w, r, name) {
			u.handler.ServeHTTP(w, r)
		}
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

// serveZipped answers with the gzip form of a script or style sheet, made once;
// false when it is not for this asset or browser.
func (u *ui) serveZipped(w http.ResponseWriter, r *http.Request, name string) bool {
	kind := map[string]string{".js": "text/javascript", ".css": "text/css"}[path.Ext(name)]
	if kind == "" {
		return false
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		return false
	}
	content, err := u.zip(name)
	if err != nil {
		return false
	}
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the browser may have left
	}
	return true
}

// zip gives the gzip form of a file, made on its first use.
func (u *ui) zip(name string) ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if content, made := u.zipped[name]; made {
		return content, nil
	}
	plain, err := fs.ReadFile(u.files, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	// Writes to a bytes.Buffer do not fail.
	_, _ = z.Write(plain)
	_ = z.Close()
	u.zipped[name] = b.Bytes()
	return b.Bytes(), nil
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
