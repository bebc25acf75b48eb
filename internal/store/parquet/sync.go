package parquet

import (
	"errors"
	"os"
	"time"
)

// syncLoop bounds what power loss takes.
func (s *Store) syncLoop() {
	defer s.done.Done()
	tick := time.NewTicker(s.opts.SyncInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			if err := s.syncLogs(); err != nil {
				s.log.Error("spans may be lost if the machine loses power", "error", err)
			}
		}
	}
}

// syncLogs makes durable what was written to the logs since the last time: the
// active one's and those of heads that are being sealed.
func (s *Store) syncLogs() error {
	var dirty []*wal
	created := false
	s.appendMu.Lock()
	s.viewMu.RLock()
	logs := []*wal{s.wal}
	for _, h := range s.sealing {
		logs = append(logs, h.wal)
	}
	s.viewMu.RUnlock()
	for _, w := range logs {
		if w.dirty {
			created = created || !w.listed
			w.dirty, w.listed = false, true
			dirty = append(dirty, w)
		}
	}
	s.appendMu.Unlock()
	var err error
	for _, w := range dirty {
		if e := w.sync(); e != nil && !errors.Is(e, os.ErrClosed) { // closed: sealed meanwhile
			err = errors.Join(err, e)
		}
	}
	if created {
		err = errors.Join(err, syncDir(s.dir)) // a log without its name is lost
	}
	return err
}
