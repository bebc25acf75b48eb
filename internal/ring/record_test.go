package ring

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzRecords feeds any bytes as strings and as records to a reader without a
// file: reading must end, within what the bytes can hold, and never panic.
func FuzzRecords(f *testing.F) {
	strings := []byte{0, 0, 0, 0, 3, 0, 0, 0, 'w', 'e', 'b', 0, 1, 0, 0, 0, 'k', 0, 0, 0}
	rec := make([]byte, recordHead, 128)
	le := binary.LittleEndian
	rec[4] = byte(KindSpan)
	le.PutUint64(rec[16:], 1)
	le.PutUint64(rec[24:], 2)
	le.PutUint32(rec[64:], 1)
	le.PutUint16(rec[80:], 1)
	le.PutUint16(rec[82:], 1)
	le.PutUint16(rec[84:], 1)
	rec = le.AppendUint32(rec, 2)
	rec = le.AppendUint32(rec, inline|5)
	rec = append(rec, "value\x00\x00\x00"...)
	rec = le.AppendUint64(rec, 2)
	rec = le.AppendUint64(rec, 0x3ff0000000000000)
	rec = le.AppendUint32(rec, 2)
	rec = le.AppendUint32(rec, 3)
	rec = append(rec, "abc\x00\x00\x00\x00\x00"...)
	le.PutUint32(rec, uint32(len(rec)))
	f.Add(strings, rec, uint64(len(rec)))
	f.Add(strings, bytes.Repeat(rec, 9), uint64(9*len(rec)))
	f.Add(strings[:5], rec[:90], uint64(88))
	note := append(le.AppendUint32(le.AppendUint32([]byte{24, 0, 0, 0, byte(KindNote), 0, 0, 0}, 7), 0), "{\"a\":1}\x00"...)
	f.Add(strings, append(note, rec...), uint64(24+len(rec)))
	f.Add(strings, bytes.Repeat(note[:16], 9), uint64(9*16)) // each says 7 bytes and has none
	f.Fuzz(func(t *testing.T, strings, records []byte, head uint64) {
		const size = 4096
		once := make([]byte, size)
		copy(once, records)
		var armed uint32
		var tail, dropped uint64
		stringHead := uint64(len(strings))
		r := &Reader{head: &head, tail: &tail, armed: &armed, dropped: &dropped, finished: &dropped, foreign: &dropped,
			ring: append(once, once...), size: size, strings: table{region: strings, head: &stringHead}}
		total := 0
		for {
			recs, err := r.Read(nil, 16)
			if err != nil {
				t.Fatal(err)
			}
			if len(recs) == 0 {
				break
			}
			for i := range recs {
				least := uint64(recordHead)
				if recs[i].Kind == KindNote {
					least = noteHead + uint64(len(recs[i].Note))
				}
				if recs[i].Kind != KindBad && (recs[i].Size < least || recs[i].Size > size) {
					t.Fatalf("a record of kind %d, %d bytes", recs[i].Kind, recs[i].Size)
				}
				if n := len(recs[i].Span.Tags); n*8 > size {
					t.Fatalf("%d tags", n)
				}
			}
			if total += len(recs); total > size/noteHead+1 {
				t.Fatal("more records than fit")
			}
		}
		if r.pos != head {
			t.Fatalf("stopped at %d of %d", r.pos, head)
		}
	})
}
