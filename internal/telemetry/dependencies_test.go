package telemetry

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDistributionsOfModules(t *testing.T) {
	site := installed(t, map[string]string{
		"Jinja2-3.dist-info/METADATA":          "Name: Jinja2\nVersion: 3\n",
		"Jinja2-3.dist-info/RECORD":            "jinja2/__init__.py,,\njinja2/_x.cpython-311-x86_64-linux-gnu.so,,\n",
		"google_storage-2.dist-info/METADATA":  "Name: google-storage\nVersion: 2\n",
		"google_storage-2.dist-info/RECORD":    "google/cloud/storage/__init__.py,,\ngoogle/cloud/storage/client.py,,\n",
		"google_pubsub-4.dist-info/METADATA":   "Name: google-pubsub\nVersion: 4\n",
		"google_pubsub-4.dist-info/RECORD":     "google/cloud/pubsub/__init__.py,,\n",
		"setuptools-65.egg-info/PKG-INFO":      "Name: setuptools\nVersion: 65\n",
		"setuptools-65.egg-info/top_level.txt": "setuptools\npkg_resources\n",
		"nameless-1.dist-info/METADATA":        "Version: 1\n",
		"nameless-1.dist-info/RECORD":          "nameless.py,,\n",
		"shadowed-1.dist-info/METADATA":        "Name: shadowed\nVersion: 1\n",
		"shadowed-1.dist-info/RECORD":          "both.py,,\n",
		"native-1.dist-info/METADATA":          "Name: native\nVersion: 1\n",
		"native-1.dist-info/RECORD":            "native.abi3.so,,\n",
		"not-a-distribution.txt/dist-info":     "",
	})
	first := installed(t, map[string]string{"first-9.dist-info/METADATA": "Name: first\nVersion: 9\n", "first-9.dist-info/RECORD": "both.py,,\n"})
	var f folders
	got := f.find([]string{"relative", "/nowhere", first, site},
		[]string{"jinja2", "google", "google.cloud", "google.cloud.storage", "setuptools", "pkg_resources", "nameless", "both", "native", "unknown"})
	want := []distribution{{"jinja2", "3"}, {"google-storage", "2"}, {"setuptools", "65"}, {"first", "9"}, {"native", "1"}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}

	// Installed later.
	late := filepath.Join(site, "late-1.dist-info")
	if err := os.Mkdir(late, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"METADATA": "Name: late\nVersion: 1\n", "RECORD": "late.py,,\n"} {
		if err := os.WriteFile(filepath.Join(late, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(site, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := f.find([]string{site}, []string{"late"}); !reflect.DeepEqual(got, []distribution{{"late", "1"}}) {
		t.Fatalf("%v", got)
	}
}

// TestOddFilesAreNotRead: a pipe would keep its reader waiting.
func TestOddFilesAreNotRead(t *testing.T) {
	site := installed(t, map[string]string{"a-1.dist-info/RECORD": "a.py,,\n"})
	if err := unix.Mkfifo(filepath.Join(site, "a-1.dist-info", "METADATA"), 0o600); err != nil {
		t.Skip(err)
	}
	var f folders
	if got := f.find([]string{site}, []string{"a"}); len(got) != 0 {
		t.Fatalf("%v", got)
	}
}
