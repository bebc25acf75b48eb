package registry

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Errorf("%v: run `make generate`", err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not what settings/registry.json gives: run `make generate`", path)
		}
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	f := func(content, want string) {
		t.Helper()
		_, err := parse([]byte(content))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parse(%s) = %v, want an error with %q", content, err, want)
		}
	}
	f(`{"settings": []}`, "no settings")
	f(`{"settings": [{"name": "B", "type": "int"}, {"name": "A", "type": "int"}]}`, "A is out of order")
	f(`{"settings": [{"name": "A", "type": "int"}, {"name": "A", "type": "int"}]}`, "there twice")
	f(`{"settings": [{"name": "A", "type": "integer"}]}`, `unknown type "integer"`)
	f(`{"settings": [{"name": "A", "type": "int", "implemented": true}]}`, "A: implemented settings have a description")
	f(`{"settings": [{"name": "A", "type": "int", "defualt": "1"}]}`, "defualt")
}
