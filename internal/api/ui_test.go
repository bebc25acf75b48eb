package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestThePagesAreServed(t *testing.T) {
	h := newHarness(t, fstest.MapFS{
		"index.html":           {Data: []byte("<title>Hoofprint</title>")},
		"theme.js":             {Data: []byte("theme()")},
		"assets/index-a1b2.js": {Data: []byte("main()")},
	})
	f := func(path string, status int, content, cache string) {
		t.Helper()
		answer, body := h.get(path)
		if answer.StatusCode != status || !strings.Contains(string(body), content) || !strings.Contains(answer.Header.Get("Cache-Control"), cache) {
			t.Fatalf("GET %s = %d %v %s", path, answer.StatusCode, answer.Header, body)
		}
	}
	f("/", 200, "<title>", "no-cache")
	f("/index.html", 200, "<title>", "no-cache")
	f("/services/web/GET%20%2F", 200, "<title>", "no-cache")
	f("/trace/69a42b", 200, "<title>", "no-cache")
	f("/theme.js", 200, "theme()", "no-cache")
	f("/assets/index-a1b2.js", 200, "main()", "immutable")
	f("/assets/index-old.js", 404, "reload", "")
	f("/api/v2/status", 404, "api/v2", "no-store")

	zipped, packed := h.get("/assets/index-a1b2.js", "Accept-Encoding", "gzip")
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil || zipped.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(zipped.Header.Get("Content-Type"), "javascript") {
		t.Fatalf("%v %v", err, zipped.Header)
	}
	if plain, err := io.ReadAll(z); err != nil || string(plain) != "main()" {
		t.Fatalf("%v %q", err, plain)
	}

	page, _ := h.get("/")
	again, _ := h.get("/", "If-None-Match", page.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Fatalf("revalidation = %d", again.StatusCode)
	}
}

func TestABinaryWithoutPagesSaysSo(t *testing.T) {
	for _, files := range []fstest.MapFS{nil, {".keep": {}}} {
		h := newHarness(t, files)
		answer, body := h.get("/")
		if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "make build") {
			t.Fatalf("%d %s", answer.StatusCode, body)
		}
		if answer, _ := h.get("/api/v1/status"); answer.StatusCode != http.StatusOK {
			t.Fatalf("status without pages = %d", answer.StatusCode)
		}
	}
}
