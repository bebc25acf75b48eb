package parquet

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hoofprint/internal/store"
	"hoofprint/internal/store/storetest"
)

// sealedFile gives the bytes of a small file with every kind of column.
func sealedFile(t testing.TB, n int) []byte {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	spans := storetest.RandomSpans(1, n)
	if err := s.Append(context.Background(), spans); err != nil {
		t.Fatal(err)
	}
	s.appendMu.Lock()
	err = s.rotate()
	s.appendMu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	for s.sealingLeft() {
		time.Sleep(time.Millisecond)
	}
	files, err := filepath.Glob(dir + "/*" + fileSuffix)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readAll reads every value of a file in memory.
func readAll(data []byte) error {
	z, err := newDecoder()
	if err != nil {
		return err
	}
	defer z.Close()
	f, err := parseFile("test", data, z)
	if err != nil {
		return err
	}
	for _, p := range f.parts() {
		rows := fullBitmap(p.rows())
		for _, m := range p.(*filePart).g.columns {
			c := p.column(m.id)
			for i := range c.pages() {
				v, err := c.page(i)
				if err != nil {
					return err
				}
				v.each(func(_, i int) {
					switch c.kind() {
					case kindString:
						_ = v.str(i)
					case kindNumber:
						_ = v.number(i)
					case kindInt:
						_ = v.integer(i)
					case kindTraceID:
						_ = v.traceID(i)
					}
				})
			}
			c.(*fileColumn).mayHold("x")
		}
		if _, err := countPresent(p.column(intrinsic("service")), rows); err != nil {
			return err
		}
	}
	return nil
}

// TestEveryFlippedBitIsNoticed flips bits all over a file. Each is a typed
// error or does no harm, never a panic; flips of values are noticed.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	data := sealedFile(t, 300)
	if err := readAll(data); err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for i := 0; i < len(data); i += 7 {
		data[i] ^= 1 << (i % 8)
		if err := readAll(data); err != nil {
			var typed *Error
			if !errors.As(err, &typed) {
				t.Errorf("byte %d: untyped error %v", i, err)
			}
			noticed++
		}
		data[i] ^= 1 << (i % 8)
	}
	// Only bloom filters have no checksum.
	if total := len(data)/7 + 1; noticed < total*7/10 {
		t.Errorf("%d of %d flips were noticed", noticed, total)
	}
	for cut := range 200 {
		if err := readAll(data[:len(data)-1-cut*len(data)/200]); err == nil {
			t.Errorf("a file cut by %d bytes is read", 1+cut)
		}
	}
}

func TestDamagedFilesAreSkipped(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	for h := range 3 {
		if err := s.Append(context.Background(), hour(h, 300)); err != nil {
			t.Fatal(err)
		}
		sealAll(t, s)
	}
	paths := []string{s.files[0].path, s.files[1].path}
	service := s.files[1].groups[0].byID[intrinsic("service")]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			data = data[:len(data)-100] // noticed on open
		} else {
			data[service.offset+service.size-1] ^= 1 // noticed when it is read
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	s = openTest(t, dir, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 2 {
		if n := s.count(t, "service:*"); n != 300 {
			t.Errorf("%d spans, want those of the whole file", n)
		}
	}
	for _, err := range s.List(context.Background(), store.List{Range: everything(t, "service:*")}) {
		if err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(log.String(), "skipping a damaged file"); n != 2 {
		t.Errorf("%d complaints, want one of each file:\n%s", n, log.String())
	}
}

// reguard makes the checksum of a changed footer right again, so that the fuzzer
// gets behind it.
func reguard(data []byte) {
	n := len(data)
	if n < 64 {
		return
	}
	at := n - 8 - int(binary.LittleEndian.Uint32(data[n-8:]))
	block := at - guardSize
	if block < 4 || at > n {
		return
	}
	from := binary.LittleEndian.Uint64(data[block+4:])
	if from > uint64(block) {
		return
	}
	sum := crc32.Update(crc32.Checksum(data[from:block], castagnoli), castagnoli, data[at:])
	binary.LittleEndian.PutUint32(data[block+12:], sum)
}

// FuzzFile wants -fuzzminimizetime 1x: its inputs are large.
func FuzzFile(f *testing.F) {
	data := sealedFile(f, 70)
	f.Add(data, uint32(0), byte(0), uint32(0), byte(0))
	f.Add(data, uint32(len(data)-100), byte(7), uint32(len(data)-300), byte(9))
	f.Fuzz(func(t *testing.T, data []byte, at uint32, x byte, at2 uint32, y byte) {
		data = append([]byte(nil), data...)
		if len(data) == 0 {
			return
		}
		// Changes from the end, where the footer is.
		data[len(data)-1-int(at)%len(data)] ^= x
		data[len(data)-1-int(at2)%len(data)] ^= y
		reguard(data)
		readAll(data)
	})
}

func FuzzPageHeader(f *testing.F) {
	data := sealedFile(f, 70)
	f.Add(data[4:60])
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := parsePageHeader(b)
		if err == nil && (h.size > len(b)-n || n > len(b)) {
			t.Fatalf("%+v of %d bytes", h, len(b))
		}
	})
}

func FuzzReplay(f *testing.F) {
	var spans []byte
	for _, s := range storetest.RandomSpans(1, 3) {
		spans = appendSpan(spans, &s, "")
	}
	log := appendFrame(append([]byte(walMagic), formatVersion), spans)
	f.Add(log, false)
	f.Add(appendFrame(log, spans), true)
	f.Fuzz(func(t *testing.T, b []byte, raw bool) {
		h := newHead(1, time.Time{})
		take := func(r *row) {
			if h.n < 1000 {
				h.append(r)
			}
		}
		if raw { // behind the checksum
			r := spanReader{data: string(b)}
			for r.more() {
				var s row
				if r.next(&s) == nil {
					take(&s)
				}
			}
			return
		}
		got, err := replayWAL("test", b, take)
		if got.good > int64(len(b)) || err == nil && got.good != int64(len(b)) {
			t.Fatalf("%+v of %d bytes, %v", got, len(b), err)
		}
	})
}

// TestAListGoesOnWithoutDamagedTags: the damage shows when the rows are chosen
// already.
func TestAListGoesOnWithoutDamagedTags(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, Options{})
	for h := range 2 {
		if err := s.Append(context.Background(), hour(h, 100)); err != nil {
			t.Fatal(err)
		}
		sealAll(t, s)
	}
	path := s.files[0].path
	column := s.files[0].groups[0].byID[columnID{"user.id", roleTag}]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[column.offset+column.size-1] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, Options{})
	n := 0
	for _, err := range s.List(context.Background(), store.List{Range: everything(t, ""), Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 100 {
		t.Errorf("%d spans, want the 100 of the whole file", n)
	}
}
