package remote

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"hoofprint/internal/ring"
)

// answer is what an agent sends for these files, by path.
type answer struct {
	version int
	files   map[string]string
	unsent  map[string]bool           // listed, and not sent again
	change  func(t, r map[string]any) // breaks the targets or the answer
}

func (a answer) body(t testing.TB) []byte {
	t.Helper()
	list := map[string]any{}
	var files []any
	paths := []string{}
	for path, raw := range a.files {
		sum := sha256.Sum256([]byte(raw))
		list[path] = map[string]any{
			"length": len(raw), "hashes": map[string]string{"sha256": hex.EncodeToString(sum[:])},
			"custom": map[string]any{"v": a.version},
		}
		paths = append(paths, path)
		if !a.unsent[path] {
			files = append(files, map[string]any{"path": path, "raw": []byte(raw)})
		}
	}
	signed := map[string]any{
		"_type": "targets", "version": a.version, "expires": "2099-01-01T00:00:00Z", "spec_version": "1.0.0",
		"custom": map[string]any{"opaque_backend_state": "c3RhdGU="}, "targets": list,
	}
	r := map[string]any{"roots": []string{}, "target_files": files, "client_configs": paths}
	if a.change != nil {
		a.change(signed, r)
	}
	if _, ok := r["targets"]; !ok {
		b, err := json.Marshal(map[string]any{"signatures": []any{}, "signed": signed})
		if err != nil {
			t.Fatal(err)
		}
		r["targets"] = b
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func path(id string) string { return "datadog/2/APM_TRACING/" + id + "/config" }

func lib(service, env, config string) string {
	return fmt.Sprintf(`{"service_target":{"service":%q,"env":%q},"lib_config":%s}`, service, env, config)
}

func rate(r float64) string { return fmt.Sprintf(`{"tracing_sampling_rate":%g}`, r) }

func asked(t *testing.T, c *client) map[string]any {
	t.Helper()
	b, err := c.request()
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func state(t *testing.T, c *client) map[string]any {
	t.Helper()
	return asked(t, c)["client"].(map[string]any)["state"].(map[string]any)
}

// TestFirstRequest: the shape is that of ddtrace 4.16, for what we can change.
func TestFirstRequest(t *testing.T) {
	c := newClient(&ring.Description{Service: "web", Env: "prod", Version: "1", RuntimeID: "ab", TracerVersion: "4.16.0"}, "vm")
	got := asked(t, c)
	client := got["client"].(map[string]any)
	if id := client["id"].(string); len(id) != 36 || strings.Count(id, "-") != 4 {
		t.Fatalf("id %q", id)
	}
	delete(client, "id")
	want := `{"client":{"state":{"root_version":1,"targets_version":0,"config_states":[],"has_error":false,"error":"","backend_client_state":[]},
		"products":["APM_TRACING"],"is_tracer":true,"client_tracer":{"runtime_id":"ab","language":"python","tracer_version":"4.16.0",
		"service":"web","extra_services":[],"env":"prod","app_version":"1","tags":["env:prod","version:1","tracer_version:4.16.0","host_name:vm"],
		"process_tags":[],"container_tags":[]},"is_agent":false,"last_seen":0,"capabilities":[32,0,32,8,240,0],"is_updater":false,"client_updater":null},
		"cached_target_files":[]}`
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Fatalf("%v\nwant %v", got, wanted)
	}
}

// TestCloserConfigurationWins: the order of ddtrace 4.16, as it was seen.
func TestCloserConfigurationWins(t *testing.T) {
	cluster := func(r string) string {
		return `{"k8s_target_v2":{"cluster_targets":[{"cluster_name":"c","enabled":true}]},"lib_config":` + r + `}`
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"all five":         {map[string]string{"1": lib("*", "*", rate(.1)), "2": lib("*", "prod", rate(.2)), "3": lib("web", "*", rate(.3)), "4": lib("web", "prod", rate(.4))}, rate(.4)},
		"service over env": {map[string]string{"1": lib("web", "*", rate(.61)), "0": lib("*", "prod", rate(.62))}, rate(.61)},
		"env over cluster": {map[string]string{"1": cluster(rate(.43)), "2": lib("*", "prod", rate(.44))}, rate(.44)},
		"cluster over all": {map[string]string{"1": cluster(rate(.41)), "0": lib("*", "*", rate(.42))}, rate(.41)},
		"untargeted":       {map[string]string{"1": `{"lib_config":` + rate(.51) + `}`, "0": lib("*", "*", rate(.52))}, rate(.51)},
		"empty target":     {map[string]string{"1": `{"service_target":{},"lib_config":` + rate(.16) + `}`}, rate(.16)},
		"same closeness":   {map[string]string{"2": lib("web", "prod", rate(.1)), "1": lib("web", "prod", rate(.2))}, rate(.2)},
		"per key": {map[string]string{"1": lib("*", "*", `{"tracing_tags":["a:b"],"tracing_sampling_rate":0.1}`), "2": lib("web", "prod", rate(.2))},
			`{"tracing_sampling_rate":0.2,"tracing_tags":["a:b"]}`},
		"null hides":                 {map[string]string{"1": lib("*", "*", rate(.11)), "4": lib("web", "prod", `{"tracing_sampling_rate":null}`)}, `{"tracing_sampling_rate":null}`},
		"other service":              {map[string]string{"1": lib("other", "prod", rate(.1))}, `{}`},
		"other env":                  {map[string]string{"1": lib("web", "other", rate(.1))}, `{}`},
		"other case":                 {map[string]string{"1": lib("WEB", "PROD", rate(.1))}, `{}`},
		"cluster of another service": {map[string]string{"1": `{"service_target":{"service":"zzz","env":"prod"},"k8s_target_v2":{"a":1},"lib_config":{"x":1}}`}, `{}`},
		"nothing":                    {map[string]string{"1": `{}`}, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for id, raw := range test.files {
				files[path(id)] = raw
			}
			c := newClient(&ring.Description{}, "")
			if err := c.answer(answer{version: 1, files: files}.body(t)); err != nil {
				t.Fatal(err)
			}
			if got := string(merge(c.files, "web", "prod")); got != test.want {
				t.Fatalf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestStatesAreReported follows one client through updates, as the agent sees it.
func TestStatesAreReported(t *testing.T) {
	c := newClient(&ring.Description{}, "")
	take := func(a answer) {
		t.Helper()
		if err := c.answer(a.body(t)); err != nil {
			t.Fatal(err)
		}
	}
	merged := func(want string) {
		t.Helper()
		if got := string(merge(c.files, "web", "prod")); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	take(answer{version: 7, files: map[string]string{
		path("a"): lib("*", "*", rate(.5)), path("b"): `{"lib_config": 5}`, path("c"): `no`,
		"datadog/2/OTHER/x/config": "{}", "employee/APM_TRACING/e/config": lib("web", "*", `{"tracing_enabled":true}`), "odd": "{}",
	}})
	merged(`{"tracing_enabled":true,"tracing_sampling_rate":0.5}`)
	s := state(t, c)
	var told []string
	for _, one := range s["config_states"].([]any) {
		m := one.(map[string]any)
		told = append(told, fmt.Sprint(m["id"], m["version"], m["product"], m["apply_state"], m["apply_error"] != ""))
	}
	if want := []string{"a7APM_TRACING2 false", "b7APM_TRACING3 true", "c7APM_TRACING3 true", "e7APM_TRACING2 false"}; !reflect.DeepEqual(told, want) {
		t.Fatalf("%q", told)
	}
	if s["targets_version"] != 7. || s["has_error"] != false || len(s["backend_client_state"].([]any)) != 8 {
		t.Fatalf("%v", s)
	}
	if cached := asked(t, c)["cached_target_files"].([]any); len(cached) != 4 {
		t.Fatalf("%v", cached)
	}

	// No change.
	for _, body := range []string{"{}", "", "{}\n", `{"roots":[]}`} {
		if err := c.answer([]byte(body)); err != nil {
			t.Fatal(body, err)
		}
	}
	merged(`{"tracing_enabled":true,"tracing_sampling_rate":0.5}`)

	// A file that we have already is not sent again; what is not listed is gone.
	take(answer{version: 8, files: map[string]string{path("a"): lib("*", "*", rate(.5))}, unsent: map[string]bool{path("a"): true}})
	merged(rate(.5))

	// An answer that is not valid changes nothing, and the agent is told.
	for name, body := range invalid(t) {
		if err := c.answer(body); err == nil {
			t.Fatal(name, "was taken")
		}
		merged(rate(.5))
		if s := state(t, c); s["has_error"] != true || s["error"] == "" || s["targets_version"] != 8. {
			t.Fatalf("%s: %v", name, s)
		}
	}
	take(answer{version: 9, files: map[string]string{path("a"): lib("*", "*", rate(.75))}})
	merged(rate(.75))
	if s := state(t, c); s["has_error"] != false || s["error"] != "" {
		t.Fatalf("%v", s)
	}

	// Expired: what there is does not count.
	take(answer{version: 10, files: map[string]string{}, change: func(_, r map[string]any) { r["config_status"] = 1 }})
	merged("{}")
	take(answer{version: 11, files: map[string]string{path("a"): lib("*", "*", rate(.8))}})
	merged(rate(.8))
	take(answer{version: 12})
	merged("{}")
}

func invalid(t testing.TB) map[string][]byte {
	one := func(change func(targets, r map[string]any)) []byte {
		return answer{version: 9, files: map[string]string{path("z"): lib("*", "*", rate(.9))}, change: change}.body(t)
	}
	first := func(targets map[string]any) map[string]any {
		return targets["targets"].(map[string]any)[path("z")].(map[string]any)
	}
	return map[string][]byte{
		"text":       []byte("hello there"),
		"list":       []byte("[1, 2, 3]"),
		"hash":       one(func(targets, _ map[string]any) { first(targets)["hashes"] = map[string]string{"sha256": "00"} }),
		"no hash":    one(func(targets, _ map[string]any) { first(targets)["hashes"] = map[string]string{"md5": "00"} }),
		"length":     one(func(targets, _ map[string]any) { first(targets)["length"] = 1 }),
		"version":    one(func(targets, _ map[string]any) { first(targets)["custom"] = map[string]any{} }),
		"unsent":     one(func(_, r map[string]any) { r["target_files"] = []any{} }),
		"unlisted":   one(func(_, r map[string]any) { r["client_configs"] = []string{path("other")} }),
		"targets":    one(func(_, r map[string]any) { r["targets"] = []byte("no JSON") }),
		"no targets": one(func(_, r map[string]any) { r["targets"] = []byte{} }),
		"base64":     one(func(_, r map[string]any) { r["targets"] = "!!!" }),
		"large":      answer{version: 9, files: map[string]string{path("z"): lib("*", "*", `{"a":"`+strings.Repeat("x", maxFile)+`"}`)}}.body(t),
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(answer{version: 1, files: map[string]string{path("a"): lib("*", "*", rate(.5))}}.body(f))
	for _, body := range invalid(f) {
		if len(body) < 10_000 {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := newClient(&ring.Description{}, "")
		_ = c.answer(body)
		if !json.Valid(merge(c.files, "web", "prod")) {
			t.Fatal("the merged configuration is no JSON")
		}
		if _, err := c.request(); err != nil {
			t.Fatal(err)
		}
	})
}
