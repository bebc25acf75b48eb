package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	endpoint = "/telemetry/proxy/"
	path     = endpoint + "api/v2/apmtelemetry"

	sendTimeout = 2 * time.Second
	maxPending  = 100
)

var errRefused = errors.New("the agent refused it")

// flush sends pending events; what cannot be sent now waits, within bounds.
func (s *session) flush() {
	if !s.started || len(s.pending) == 0 {
		s.pending = nil
		return
	}
	var err error
	if len(s.pending) == 1 {
		err = s.send(s.pending[0].RequestType, s.pending[0].Payload)
	} else {
		err = s.send("message-batch", s.pending)
	}
	kept := s.pending[:0]
	if err != nil && !errors.Is(err, errRefused) {
		for _, e := range s.pending {
			if e.RequestType != "app-heartbeat" && len(kept) < maxPending {
				kept = append(kept, e)
			}
		}
	}
	s.pending = kept
}

func (s *session) extend() {
	if !s.started {
		return
	}
	all := extended{Configuration: s.conf.all(), Dependencies: s.dependencies, Integrations: s.allIntegrations()}
	if all.Dependencies == nil {
		all.Dependencies = []dependency{}
	}
	_ = s.send("app-extended-heartbeat", all) // logged; the next one says the same
}

// send posts one message, where the agent takes such.
func (s *session) send(kind string, payload any) (err error) {
	defer func() {
		if err != nil {
			s.r.log.Debug("telemetry was not delivered", "service", s.app.ServiceName, "message", kind, "error", err)
		}
	}()
	if s.off {
		return errRefused
	}
	serves, err := s.r.info.Serves(s.ctx, s.p.Agent, endpoint)
	if err != nil {
		return err
	}
	if !serves {
		return fmt.Errorf("%w: it does not list %s", errRefused, endpoint)
	}
	s.seq++
	body, err := json.Marshal(message{
		APIVersion: "v2", RequestType: kind, TracerTime: time.Now().Unix(), RuntimeID: s.p.Description.RuntimeID,
		SeqID: s.seq, Application: s.app, Host: s.host, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("%w: encode: %w", errRefused, err)
	}
	ctx, cancel := context.WithTimeout(s.ctx, sendTimeout)
	defer cancel()
	req, err := s.p.Agent.NewRequest(ctx, http.MethodPost, path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	id := s.p.Description.RuntimeID
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("DD-Telemetry-API-Version", "v2")
	h.Set("DD-Telemetry-Request-Type", kind)
	h.Set("DD-Client-Library-Language", "python")
	h.Set("DD-Client-Library-Version", s.app.TracerVersion)
	h.Set("DD-Session-ID", id)
	if n := len(s.ancestors); n > 0 {
		h.Set("DD-Root-Session-ID", s.ancestors[0])
		h.Set("DD-Parent-Session-ID", s.ancestors[n-1])
	}
	if s.host.ContainerID != "" {
		h.Set("Datadog-Container-ID", s.host.ContainerID)
	}
	resp, err := s.p.Agent.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode >= 500, resp.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%s answered %s", s.p.Agent.URL(), resp.Status)
	}
	return fmt.Errorf("%w: %s answered %s", errRefused, s.p.Agent.URL(), resp.Status)
}
