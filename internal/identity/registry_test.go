package identity

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/span"
)

func entry(service, env, version string, start int64) span.Span {
	return span.Span{
		Service: service, Start: start,
		Tags:    []span.Tag{{Key: span.KeyEnv, Value: env}, {Key: span.KeyVersion, Value: version}},
		Metrics: []span.Metric{{Key: span.KeyTopLevel, Value: 1}},
	}
}

func open(t *testing.T, path string) *Registry {
	t.Helper()
	r, err := Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestANameTakesTheSlotOfItsHash(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "services.json"))
	r.Observe([]span.Span{entry("checkout", "", "", 1)})
	hash := fnv.New32a()
	hash.Write([]byte("checkout"))
	want := Identity{int(hash.Sum32() % 8), Solid}
	if got, ok := r.Of("checkout"); !ok || got != want {
		t.Fatalf("identity of checkout = %v, %v, want %v", got, ok, want)
	}
	if _, ok := r.Of("nobody"); ok {
		t.Fatal("a name never seen has an identity")
	}
}

func TestIdentitiesAreDistinctUntilAllAreTaken(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "services.json"))
	users := map[Identity]int{}
	for i := range 48 {
		name := fmt.Sprintf("service-%d", i)
		r.Observe([]span.Span{entry(name, "", "", 1)})
		id, _ := r.Of(name)
		users[id]++
		wantMark := marks[min(i%24/8, 2)]
		if i < 24 && id.Mark != wantMark {
			t.Fatalf("service %d has mark %s, want %s", i, id.Mark, wantMark)
		}
		if i < 24 && users[id] != 1 {
			t.Fatalf("service %d shares %v before all are taken", i, id)
		}
	}
	for id, n := range users {
		if n != 2 {
			t.Fatalf("%v has %d users of 48 services on 24 identities", id, n)
		}
	}
}

func TestTheRegistrySurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.json")
	r := open(t, path)
	if r.Seen() {
		t.Fatal("seen before the first span")
	}
	r.Observe([]span.Span{entry("web", "prod", "1", 200), entry("web", "prod", "2", 500), entry("web", "prod", "1", 100), entry("web", "dev", "3", 50)})
	before, _ := r.Of("web")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = open(t, path)
	if after, _ := r.Of("web"); after != before {
		t.Fatalf("identity %v became %v", before, after)
	}
	if !r.Seen() {
		t.Fatal("forgot that spans were stored")
	}
	if got := fmt.Sprint(r.Deployments(0, 1000, "prod", "")); got != "[{100 web prod 1} {500 web prod 2}]" {
		t.Fatalf("deployments = %v", got)
	}
	if got := r.Deployments(60, 400, "", "web"); len(got) != 1 || got[0].Version != "1" {
		t.Fatalf("deployments in a range = %v", got)
	}
	if v, since := r.Version("web", "prod"); v != "2" || since != 500 {
		t.Fatalf("version = %s since %d", v, since)
	}
	if last := r.LastSeen("web", "dev"); last != 50 {
		t.Fatalf("last seen in dev = %d", last)
	}
}

func TestANewServiceIsWrittenSoon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.json")
	r := open(t, path)
	defer r.Close()
	for _, name := range []string{"web", "web", "api"} { // the second only renews a time
		r.Observe([]span.Span{entry(name, "", "", 1)})
		for until := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			data, _ := os.ReadFile(path) // not there at first
			if strings.Contains(string(data), `"`+name+`"`) {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("%s is not in the file after 10 s", name)
			}
		}
	}
}

func TestClientSpansMakeNoService(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "services.json"))
	client := entry("sqlite", "", "", 1)
	client.SetTag(span.KeyKind, "client")
	inner := entry("web", "", "", 1)
	inner.Metrics = nil
	r.Observe([]span.Span{client, inner})
	for _, name := range []string{"sqlite", "web"} {
		if _, ok := r.Of(name); ok {
			t.Fatalf("%s became a service", name)
		}
	}
}

func TestVersionsAreBounded(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "services.json"))
	for i := range maxVersions + 50 {
		r.Observe([]span.Span{entry("web", "", fmt.Sprint(i), int64(i+1))})
	}
	got := r.Deployments(0, 1e9, "", "")
	if len(got) != maxVersions || got[len(got)-1].Version != fmt.Sprint(maxVersions+49) {
		t.Fatalf("%d versions kept, the last %v", len(got), got[len(got)-1])
	}
}

func TestABrokenFileIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("error = %v", err)
	}
}
