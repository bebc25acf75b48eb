package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strings"
	"testing"

	"hoofprint/internal/uses"
)

func TestUsesAreTakenWhereTheyAreWanted(t *testing.T) {
	var got []uses.Report
	var fail error
	f := run(t, func(_ *fixture, c *Config) {
		c.Uses = func(r uses.Report) error { got = append(got, r); return fail }
		c.Page = func(host string) string { return "http://" + host + ":8127" }
	})
	_, info, _ := f.send(t, "GET", "/info", nil)
	if !strings.Contains(info, `"`+uses.Endpoint+`"`) {
		t.Fatal(info)
	}
	good := []byte(`{"processes": [{"id": "a", "service": "web", "uses": [{"change": "x", "line": 1, "count": 2}]}]}`)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(good)
	_ = w.Close()
	for _, test := range []struct {
		body    []byte
		fail    error
		headers []string
		status  int
		taken   int
	}{
		{good, nil, nil, 200, 1},
		{zipped.Bytes(), nil, []string{"Content-Encoding", "gzip"}, 200, 1},
		{good, errors.New("disk full"), nil, 503, 1},
		{[]byte(`{"processes": [{"id": ""}]}`), nil, nil, 400, 0},
		{[]byte("\x93\x01"), nil, nil, 400, 0},
		{bytes.Repeat([]byte(" "), uses.MaxReport+1), nil, nil, 400, 0},
		{good, nil, []string{"Sec-Fetch-Site", "cross-site"}, 403, 0},
	} {
		got, fail = nil, test.fail
		status, answer, _ := f.send(t, "POST", uses.Endpoint, test.body, test.headers...)
		if status != test.status || len(got) != test.taken {
			t.Errorf("%.60q: %d %s, taken %d", test.body, status, answer, len(got))
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(f.url + uses.Endpoint + "?service=a%20b")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != 307 || to != "http://127.0.0.1:8127/api/v1/uses?service=a%20b" {
		t.Fatal(resp.Status, to)
	}
}

func TestUsesAreNotAnnouncedWhereNobodyTakesThem(t *testing.T) {
	f := run(t, nil)
	if _, info, _ := f.send(t, "GET", "/info", nil); strings.Contains(info, uses.Endpoint) {
		t.Fatal(info)
	}
	if status, _, _ := f.send(t, "POST", uses.Endpoint, []byte(`{}`)); status != 404 {
		t.Fatal(status)
	}
	f = run(t, func(_ *fixture, c *Config) { c.Uses = func(uses.Report) error { return nil } })
	if status, answer, _ := f.send(t, "GET", uses.Endpoint, nil); status != 403 || !strings.Contains(answer, "--ui") {
		t.Fatal(status, answer)
	}
}
