package telemetry

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"hoofprint/internal/ring"
)

// The names are those of Datadog's telemetry API, version 2.

type message struct {
	APIVersion  string      `json:"api_version"`
	RequestType string      `json:"request_type"`
	TracerTime  int64       `json:"tracer_time"`
	RuntimeID   string      `json:"runtime_id"`
	SeqID       uint64      `json:"seq_id"`
	Application application `json:"application"`
	Host        host        `json:"host"`
	Payload     any         `json:"payload,omitempty"`
}

type application struct {
	ServiceName     string `json:"service_name"`
	ServiceVersion  string `json:"service_version,omitempty"`
	Env             string `json:"env,omitempty"`
	LanguageName    string `json:"language_name"`
	LanguageVersion string `json:"language_version"`
	TracerVersion   string `json:"tracer_version"`
	RuntimeName     string `json:"runtime_name"`
	RuntimeVersion  string `json:"runtime_version"`
	ProcessTags     string `json:"process_tags,omitempty"`
}

type host struct {
	Hostname      string `json:"hostname"`
	ContainerID   string `json:"container_id,omitempty"`
	OS            string `json:"os"`
	Architecture  string `json:"architecture"`
	KernelName    string `json:"kernel_name"`
	KernelRelease string `json:"kernel_release"`
	KernelVersion string `json:"kernel_version"`
}

// event is one part of a message-batch, or a message of its own.
type event struct {
	RequestType string `json:"request_type"`
	Payload     any    `json:"payload,omitempty"`
}

type started struct {
	Products      map[string]product `json:"products"`
	Configuration []configuration    `json:"configuration"`
	Dependencies  []dependency       `json:"dependencies"`
	Integrations  []integrated       `json:"integrations"`
}

type product struct {
	Enabled bool    `json:"enabled"`
	Version string  `json:"version"`
	Error   *string `json:"error"`
}

type configuration struct {
	Name     string  `json:"name"`
	Value    *string `json:"value"`
	Origin   string  `json:"origin"`
	ConfigID *string `json:"config_id"`
	SeqID    uint64  `json:"seq_id"`
}

type configurations struct {
	Configuration []configuration `json:"configuration"`
}

type dependency struct {
	Name     string  `json:"name"`
	Version  string  `json:"version"`
	Hash     *string `json:"hash"`
	Metadata *string `json:"metadata"`
}

type dependencies struct {
	Dependencies []dependency `json:"dependencies"`
}

type integrated struct {
	Name        string  `json:"name"`
	Enabled     bool    `json:"enabled"`
	Version     *string `json:"version"`
	Compatible  bool    `json:"compatible"`
	AutoEnabled bool    `json:"auto_enabled"`
	Error       *string `json:"error"`
}

type integrations struct {
	Integrations []integrated `json:"integrations"`
}

type extended struct {
	Configuration []configuration `json:"configuration"`
	Dependencies  []dependency    `json:"dependencies"`
	Integrations  []integrated    `json:"integrations"`
}

type metrics struct {
	Series []series `json:"series"`
}

type series struct {
	Namespace string       `json:"namespace"`
	Metric    string       `json:"metric"`
	Points    [][2]float64 `json:"points"`
	Tags      []string     `json:"tags"`
	Common    bool         `json:"common"`
	Type      string       `json:"type"`
	Interval  int          `json:"interval"` // s
}

func applicationOf(d *ring.Description) application {
	a := application{
		ServiceName: d.Service, ServiceVersion: d.Version, Env: d.Env,
		LanguageName: "python", LanguageVersion: d.LangVersion, TracerVersion: d.TracerVersion,
		RuntimeName: d.Interpreter, RuntimeVersion: d.LangVersion,
	}
	if a.ServiceName == "" {
		a.ServiceName = "unnamed-python-service"
	}
	return a
}

// hostOf is this one: a ring is read where it was written.
func hostOf(d *ring.Description) host {
	h := host{Hostname: d.Hostname, ContainerID: d.ContainerID, OS: "Linux", KernelName: "Linux"}
	if h.Hostname == "" {
		h.Hostname, _ = os.Hostname()
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		h.Architecture = text(u.Machine[:])
		h.KernelName = text(u.Sysname[:])
		h.KernelRelease = text(u.Release[:])
		h.KernelVersion = text(u.Version[:])
	}
	return h
}

func text(field []byte) string {
	s, _, _ := strings.Cut(string(field), "\x00")
	return s
}
