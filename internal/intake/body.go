package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// refusal is an error that the client gets to see.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// errCrowded says that too many bytes of other payloads are held.
var errCrowded = errors.New("too many payloads at once")

// readBody reads the payload of a request into a buffer, which goes back with
// release. The error is a *refusal or errCrowded.
func (i *Intake) readBody(w http.ResponseWriter, r *http.Request) (b *bytes.Buffer, release func(), err error) {
	if r.ContentLength > maxBody {
		return nil, nil, &refusal{http.StatusRequestEntityTooLarge, "payload-too-large"}
	}
	reserve := r.ContentLength
	if reserve < 0 || r.Header.Get("Content-Encoding") != "" {
		reserve = maxBody
	}
	if i.bodies.Add(reserve) > maxBodies {
		i.bodies.Add(-reserve)
		return nil, nil, errCrowded
	}
	b, _ = i.buffers.Get().(*bytes.Buffer)
	if b == nil {
		b = new(bytes.Buffer)
	}
	b.Reset()
	b.Grow(int(min(reserve, firstRead)))
	release = func() {
		i.bodies.Add(-reserve)
		if b.Cap() <= keepBuffer {
			i.buffers.Put(b)
		}
	}
	if err := readInto(b, w, r); err != nil {
		release()
		return nil, nil, err
	}
	return b, release, nil
}

func readInto(b *bytes.Buffer, w http.ResponseWriter, r *http.Request) error {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return bodyError(err)
		}
		body = unzipped
	default:
		return &refusal{http.StatusUnsupportedMediaType, fmt.Sprintf("content encoding %q is not supported, send gzip or none", encoding)}
	}
	n, err := b.ReadFrom(io.LimitReader(body, maxBody+1))
	if err != nil {
		return bodyError(err)
	}
	if n > maxBody {
		return &refusal{http.StatusRequestEntityTooLarge, "payload-too-large"}
	}
	return nil
}

func bodyError(err error) *refusal {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &refusal{http.StatusRequestEntityTooLarge, "payload-too-large"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{http.StatusRequestTimeout, "timeout"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &refusal{http.StatusBadRequest, "unexpected-eof"}
	}
	return &refusal{http.StatusBadRequest, "read payload: " + err.Error()}
}
