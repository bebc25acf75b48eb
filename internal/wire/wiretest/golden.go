package wiretest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoofprint/internal/span"
)

// Payloads gives the payloads in testdata/ddtrace, by file: what ddtrace 4.16 sent.
func Payloads(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/ddtrace/*.msgpack")
	if err != nil || len(files) == 0 {
		t.Fatalf("no payloads in testdata/ddtrace: %v", err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Golden decodes each of Payloads and compares the result with the JSON beside
// it, which update writes. It gives what was decoded, by file.
func Golden(t *testing.T, update bool, decode func([]byte) ([]span.Chunk, error)) map[string][]span.Chunk {
	t.Helper()
	all := map[string][]span.Chunk{}
	for file, payload := range Payloads(t) {
		chunks, err := decode(payload)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got, err := json.MarshalIndent(chunks, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(file, ".msgpack") + ".json"
		if update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(got)+"\n" {
			t.Errorf("%s decodes to something else than %s; run with -update and look at the difference", file, golden)
		}
		all[file] = chunks
	}
	return all
}
