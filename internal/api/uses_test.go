package api

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/uses"
)

func TestUsesByService(t *testing.T) {
	h := newHarness(t, nil)
	random := rand.New(rand.NewPCG(1, 2))
	for i, service := range []string{"shop", "quiet", "gone"} {
		s := request(i, clock.Add(-time.Hour).UnixNano(), random)[:1]
		if service == "gone" {
			s = request(i, clock.Add(-48*time.Hour).UnixNano(), random)[:1]
		}
		s[0].Service = service
		s[0].SetTag("language", "python")
		h.append(s...)
	}
	other := request(9, clock.Add(-time.Hour).UnixNano(), random)[:1]
	other[0].Service = "ruby"
	h.append(other...)
	ms := func(days int) int64 { return clock.AddDate(0, 0, -days).UnixMilli() }
	place := uses.Place{Change: "span-set-tag-str", Name: "Span.set_tag_str", File: "/srv/a.py", Line: 3, Function: "f"}
	if err := h.uses.Take(uses.Report{Processes: []uses.Process{
		{ID: "a", Service: "shop", Env: "prod", Version: "1", Bridge: true, First: ms(9), Last: ms(0),
			Uses: []uses.Use{{Place: place, Count: 12, First: ms(9), Last: ms(1)}}},
		{ID: "b", Service: "safe", Env: "prod", Bridge: true, First: ms(9), Last: ms(0)},
	}}); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Days     int
		Services []struct {
			Service, State string
			Identity       *struct{ Slot int }
			Blocking       int
		}
		Uses []struct {
			Service, File, Instead string
			Line                   int
			Count, Last            int64
		}
	}
	ask := func(query url.Values) (a answer) {
		t.Helper()
		resp, body := h.get("/api/v1/uses?" + query.Encode())
		if err := json.Unmarshal(body, &a); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %s %v", resp.Status, body, err)
		}
		return a
	}
	states := func(a answer) string {
		var out []string
		for _, s := range a.Services {
			out = append(out, s.Service+":"+s.State)
		}
		return strings.Join(out, " ")
	}
	a := ask(url.Values{})
	if got := states(a); got != "quiet:off safe:safe shop:uses" || a.Days != 7 {
		t.Fatal(got)
	}
	if a.Services[2].Identity == nil || a.Services[2].Blocking != 1 {
		t.Fatalf("%+v", a.Services)
	}
	if len(a.Uses) != 1 || a.Uses[0].Count != 12 || a.Uses[0].Last != ms(1) || a.Uses[0].Line != 3 || a.Uses[0].Instead == "" {
		t.Fatalf("%+v", a.Uses)
	}
	for query, want := range map[string]string{
		"service=quiet": "quiet:off", "service=shop": "shop:uses", "env=staging": "", "version=1": "shop:uses", "days=30": "quiet:off safe:watching shop:uses",
	} {
		v, _ := url.ParseQuery(query)
		if got := states(ask(v)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if a := ask(url.Values{"change": {"pin"}}); len(a.Uses) != 0 || len(a.Services) != 3 {
		t.Fatalf("%+v", a)
	}
	if resp, body := h.get("/api/v1/uses?days=0"); resp.StatusCode != 400 || !strings.Contains(string(body), "days=0") {
		t.Fatal(resp.Status, string(body))
	}
}
