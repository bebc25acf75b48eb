package runtime

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/uses"
	"hoofprint/internal/uses/tell"
)

func at(file string, line int) uses.Place {
	return uses.Place{Change: "span-set-tag-str", Name: "Span.set_tag_str", File: file, Line: line, Function: "checkout"}
}

func kept(t *testing.T, path string, processes ...uses.Process) *uses.Store {
	t.Helper()
	s, err := uses.Open(path, uses.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Take(uses.Report{Processes: processes}); err != nil {
		t.Fatal(err)
	}
	return s
}

func process(service string, places ...uses.Place) uses.Process {
	now := time.Now()
	p := uses.Process{ID: service, Service: service, Env: "prod", Version: "1", Bridge: true, First: now.Add(-time.Hour).UnixMilli(), Last: now.UnixMilli()}
	for _, place := range places {
		p.Uses = append(p.Uses, uses.Use{Place: place, Count: 3, First: p.First, Last: now.UnixMilli()})
	}
	return p
}

// page is a web page that answers from a store, as JSON of the API.
func page(t *testing.T, s *uses.Store) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/uses", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(s.Summary(uses.Filter{Service: r.FormValue("service"), Env: r.FormValue("env")}))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { // the page itself, for every address
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestWhoIsAsked(t *testing.T) {
	dir := t.TempDir()
	kept(t, tell.Path(dir, 0), process("local", at("/a.py", 1)))
	web := page(t, kept(t, "", process("web", at("/a.py", 1)), process("worker", at("/b.py", 1))))
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == uses.Endpoint {
			http.Redirect(w, r, web.URL+"/api/v1/uses?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
			return
		}
		http.NotFound(w, r)
	}))
	defer agent.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }))
	defer broken.Close()
	for name, test := range map[string]struct {
		o        Options
		services string // what is wrong, where it begins with "!"
	}{
		"the page":                     {Options{Agent: web.URL}, "web worker"},
		"the agent":                    {Options{Agent: agent.URL + "/"}, "web worker"},
		"the agent, narrowed":          {Options{Agent: agent.URL, Filter: uses.Filter{Service: "web", Env: "prod"}}, "web"},
		"another agent":                {Options{Agent: other.URL, Dir: dir}, "local"},
		"an agent in trouble":          {Options{Agent: broken.URL, Dir: dir}, "local"},
		"no agent":                     {Options{Agent: "http://127.0.0.1:1", Dir: dir}, "local"},
		"no agent and no file":         {Options{Agent: "http://127.0.0.1:1", Dir: filepath.Join(dir, "none")}, "!DD_V3_BRIDGE"},
		"another agent, named by hand": {Options{Agent: other.URL, Dir: dir, Named: true}, "!hoofprint serve does"},
		"no address":                   {Options{Agent: "localhost:8126", Dir: dir, Named: true}, "!http://host:port"},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := Read(t.Context(), test.o)
			if text, fails := strings.CutPrefix(test.services, "!"); fails {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Fatal(err)
				}
				return
			}
			var got []string
			for _, s := range seen.Services {
				got = append(got, s.Service)
			}
			if err != nil || strings.Join(got, " ") != test.services {
				t.Fatal(got, err)
			}
			local := test.services == "local"
			if strings.Contains(seen.Source, tell.Path(dir, 0)) != local {
				t.Fatal(seen.Source)
			}
		})
	}
}

func found(path string, line, end int) finding.Finding {
	return finding.Finding{Path: path, Rule: "span-set-tag-str", Certainty: finding.Certain, Line: line, Column: 5, EndLine: end}
}

func TestUsesAreJoinedWithFindings(t *testing.T) {
	findings := []finding.Finding{
		found("shop/views.py", 10, 13), found("shop/views.py", 14, 14), found("admin/views.py", 10, 10),
		found("app.py", 5, 5), found("shop/never.py", 1, 1),
		{Path: "shop/views.py", Rule: "pin", Line: 10, EndLine: 10},
		{Path: "Dockerfile", Rule: "no-such-rule", Line: 10, EndLine: 10},
	}
	for name, test := range map[string]struct {
		place uses.Place
		want  string
	}{
		"the line of an argument":              {at("/srv/shop/views.py", 12), "shop/views.py:10"},
		"the nearer of two":                    {at("/srv/shop/views.py", 14), "shop/views.py:14"},
		"code that has moved a little":         {at("/srv/shop/views.py", 16), "shop/views.py:14"},
		"code that has moved far":              {at("/srv/shop/views.py", 17), ""},
		"the same name in another folder":      {at("/srv/admin/views.py", 10), "admin/views.py:10"},
		"a file nobody scanned":                {at("/srv/other/views.py", 10), ""},
		"a file at the top":                    {at("/anywhere/app.py", 5), "app.py:5"},
		"a path within the scanned folder":     {at("views.py", 14), "shop/views.py:14"},
		"a folder that was scanned from above": {at("/app/shop/views.py", 10), "shop/views.py:10"},
		"a file of another name":               {at("/srv/shop/views.pyc", 10), ""},
	} {
		t.Run(name, func(t *testing.T) {
			seen := Seen{Summary: kept(t, "", process("web", test.place)).Summary(uses.Filter{})}
			r := Join(seen, findings, true)
			got := ""
			if p := r.Uses[0].Finding; p != nil {
				got = p.Path + ":" + map[int]string{5: "5", 10: "10", 14: "14"}[p.Line]
			}
			if got != test.want {
				t.Fatalf("%q, want %q", got, test.want)
			}
			unseen := 5
			if got != "" {
				unseen = 4
			}
			for _, p := range r.Unseen {
				if p.Rule == "span-set-tag-str" && p.Path+":"+map[int]string{5: "5", 10: "10", 14: "14"}[p.Line] == got {
					t.Fatalf("%+v was seen", p)
				}
				if p.Rule != "span-set-tag-str" && p.Rule != "pin" {
					t.Fatalf("%+v is nothing that runs", p)
				}
			}
			n := 0
			for _, p := range r.Unseen {
				if p.Rule == "span-set-tag-str" {
					n++
				}
			}
			if n != unseen {
				t.Fatalf("%+v", r.Unseen)
			}
		})
	}
}

// TestVariableOfTheEnvironment: what a process was started with is set in any file.
func TestVariableOfTheEnvironment(t *testing.T) {
	place := uses.Place{Change: "app-analytics-variables", Name: "DD_TRACE_ANALYTICS_ENABLED", File: environment}
	seen := Seen{Summary: kept(t, "", process("web", place)).Summary(uses.Filter{})}
	r := Join(seen, []finding.Finding{
		found("a.py", 1, 1), {Path: "Dockerfile", Rule: place.Change, Line: 3}, {Path: "compose.yaml", Rule: place.Change, Line: 9},
	}, true)
	if p := r.Uses[0].Finding; p == nil || p.Path != "Dockerfile" || len(r.Unseen) != 1 || r.Unseen[0].Path != "a.py" {
		t.Fatalf("%+v %+v", p, r.Unseen)
	}
	var text bytes.Buffer
	if err := r.Text(&text, time.Now()); err != nil || !strings.Contains(text.String(), "    <environment>  3 times") {
		t.Fatal(text.String(), err)
	}
}

func TestReport(t *testing.T) {
	now := time.Now()
	web, again := process("web", at("/srv/a.py", 3)), process("web", at("/srv/a.py", 3))
	again.ID, again.Version, again.Uses[0].Count = "b", "2", 4
	older := process("old", at("/srv/b.py", 9))
	older.First, older.Uses[0].Last = now.AddDate(0, 0, -20).UnixMilli(), now.AddDate(0, 0, -10).UnixMilli()
	off := process("off")
	off.Bridge = false
	r := Join(Seen{kept(t, "", web, again, older, off).Summary(uses.Filter{}), "here"}, nil, false)
	var text, raw bytes.Buffer
	if err := r.Text(&text, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"from here", "web: 1 place in use that v4 breaks; bridge on since", "in 2 processes",
		"Span.set_tag_str (span-set-tag-str)\n    instead: ", "/srv/a.py:3 in checkout  7 times, last just now (env prod; version 1, 2)",
		"old: safe for v4: no use in 7 days", "off: bridge off", "1 place in use that v4 breaks; 1 older use not seen since",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "scanned code") {
		t.Error("nothing was scanned: " + text.String())
	}
	if r.Status() != 1 || !r.Watched() {
		t.Fatal(r.Status(), r.Watched())
	}
	if err := r.JSON(&raw); err != nil {
		t.Fatal(err)
	}
	var o struct {
		Source string
		Uses   []struct {
			Service, File, Change, Instead string
			Line                           int
			Count                          int64
			Versions                       []string
			Finding                        any
		}
		Unseen []any
	}
	if err := json.Unmarshal(raw.Bytes(), &o); err != nil || len(o.Uses) != 1 || o.Uses[0].Count != 7 || o.Uses[0].File != "/srv/a.py" || len(o.Uses[0].Versions) != 2 || o.Unseen == nil {
		t.Fatalf("%s %v", raw.String(), err)
	}
	if r := Join(Seen{kept(t, "", older).Summary(uses.Filter{}), ""}, nil, false); r.Status() != 0 || !r.Watched() {
		t.Fatalf("%+v", r)
	}
	if r := Join(Seen{kept(t, "", off).Summary(uses.Filter{}), ""}, nil, false); r.Watched() {
		t.Fatalf("%+v", r)
	}
}
