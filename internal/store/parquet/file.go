package parquet

import "errors"

type file struct {
	oldest, newest int64
	spans, size    int64
}

func openFile(path string) (*file, error) { return nil, errors.New("not written yet") }
func (f *file) retain()                   {}
func (f *file) release()                  {}
func (f *file) parts() []part             { return nil }
