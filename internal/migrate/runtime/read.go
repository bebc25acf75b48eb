// Package runtime tells which names that ddtrace 4 removed are really in use, as
// an agent or the collector of this host has seen it, and joins that with what a
// scan found in the code.
package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hoofprint/internal/uses"
	"hoofprint/internal/uses/tell"
)

const (
	askTimeout = 10 * time.Second
	maxAnswer  = 64 << 20
)

// Options say what is asked, and where.
type Options struct {
	// Agent is the address of an agent or of its web page. Named says that a user
	// chose it: then nothing else is asked.
	Agent string
	Named bool
	// Dir is where the collector of this host keeps its file.
	Dir    string
	Filter uses.Filter
}

// Seen is what was seen, and who says so.
type Seen struct {
	uses.Summary
	Source string // for people
}

// errNothing says that an agent answered, but not about uses.
var errNothing = errors.New("it does not keep uses of removed names; hoofprint serve does")

// Read asks the agent, or reads the file of this host.
func Read(ctx context.Context, o Options) (Seen, error) {
	shown := withoutPassword(o.Agent)
	summary, err := ask(ctx, o.Agent, o.Filter)
	if err == nil {
		return Seen{summary, "the agent at " + shown}, nil
	}
	err = fmt.Errorf("ask %s: %w", shown, err)
	if o.Named {
		return Seen{}, err
	}
	summary, read, fileErr := uses.ReadFiles(tell.Files(o.Dir), o.Filter, time.Now())
	if len(read) > 0 {
		return Seen{summary, "this host's file " + strings.Join(read, " and ")}, nil
	}
	if fileErr != nil {
		return Seen{}, errors.Join(err, fmt.Errorf("read the file of this host: %w", fileErr))
	}
	return Seen{}, fmt.Errorf("%w; and no process of this host has told of any (there is no %s). Run your programs with DD_V3_BRIDGE=true, or name the agent with --agent", err, tell.Path(o.Dir, 0))
}

// ask reads from the API of a web page, or from where an agent says that it is.
func ask(ctx context.Context, address string, f uses.Filter) (uses.Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	query := "?" + parameters(f).Encode()
	transport := &http.Transport{DisableKeepAlives: true}
	base := strings.TrimRight(address, "/")
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		base = "http://localhost"
	} else if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return uses.Summary{}, errors.New("it is no address; write http://host:port or unix:///path")
	}
	// The page is not behind the agent's socket: a redirection is followed by hand.
	near := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	summary, _, err := get(ctx, near, base+"/api/v1/uses"+query)
	if !errors.Is(err, errNothing) {
		return summary, err
	}
	summary, to, err := get(ctx, near, base+uses.Endpoint+query)
	if to == "" {
		return summary, err
	}
	far := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	summary, _, err = get(ctx, far, to)
	if err != nil {
		return uses.Summary{}, fmt.Errorf("its web page %s: %w", strings.SplitN(to, "/api/", 2)[0], err)
	}
	return summary, nil
}

func parameters(f uses.Filter) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"service": f.Service, "env": f.Env, "version": f.Version, "change": f.Change} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Days > 0 {
		v.Set("days", strconv.Itoa(f.Days))
	}
	return v
}

// get reads a summary, or where to find it.
func get(ctx context.Context, client *http.Client, from string) (summary uses.Summary, to string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return summary, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // the address is said already
		}
		return summary, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return summary, "", fmt.Errorf("it broke off its answer: %w", err)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch location := resp.Header.Get("Location"); {
	case resp.StatusCode == http.StatusTemporaryRedirect && strings.HasPrefix(location, "http"):
		return summary, location, nil
	case resp.StatusCode == http.StatusOK && media == "application/json":
		if err := json.Unmarshal(body, &summary); err != nil {
			return summary, "", fmt.Errorf("read its answer: %w", err)
		}
		return summary, "", nil
	case media == "application/json" && resp.StatusCode < 500 && resp.StatusCode != http.StatusNotFound:
		var problem struct {
			Error struct{ Message string }
		}
		if json.Unmarshal(body, &problem) == nil && problem.Error.Message != "" {
			return summary, "", fmt.Errorf("it answered: %s", problem.Error.Message)
		}
	case resp.StatusCode >= 500:
		return summary, "", fmt.Errorf("it answered %s", resp.Status)
	}
	return summary, "", errNothing
}

func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Redacted()
}
