package ring

import (
	"encoding/binary"
	"errors"
	"runtime/debug"
	"sync/atomic"

	"hoofprint/internal/span"
)

// ErrTruncated says that a ring file shrank below its mapping.
var ErrTruncated = errors.New("ring file was truncated under its reader; start the traced process anew")

// Reader reads one ring. Read, Wait and Close belong to one goroutine; Commit,
// Slots, Counters, RaiseControl and Wake may be called from any, until Close.
type Reader struct {
	name string
	maps mappings

	head, tail *uint64
	armed      *uint32
	control    *uint32
	dropped    *uint64
	finished   *uint64
	foreign    *uint64
	slots      []byte
	ring       []byte // the ring twice in a row
	size       uint64 // of the ring, once
	strings    table

	pid         uint32
	startTime   uint64
	created     int64
	description Description

	pos     uint64
	bad     atomic.Uint64
	closing atomic.Bool

	tags    []span.Tag
	metrics []span.Metric
	texts   []byte
}

// Name is the file name of the ring.
func (r *Reader) Name() string { return r.name }

// PID and StartTime (clock ticks since boot) identify the writer's process.
func (r *Reader) PID() int          { return int(r.pid) }
func (r *Reader) StartTime() uint64 { return r.startTime }

// Created is when the ring was made, Unix ns.
func (r *Reader) Created() int64 { return r.created }

// Size of the ring in bytes.
func (r *Reader) Size() uint64 { return r.size }

// Description of the writer's process.
func (r *Reader) Description() Description { return r.description }

// Pos is how far Read has come, in bytes ever written.
func (r *Reader) Pos() uint64 { return r.pos }

// Read appends up to limit records to dst and moves on. Nothing is given back
// to the writer before Commit.
func (r *Reader) Read(dst []Record, limit int) (out []Record, err error) {
	defer guard(&err)()
	out = dst
	head := atomic.LoadUint64(r.head)
	for range limit {
		if head == r.pos {
			break
		}
		left := head - r.pos
		if left > r.size || left%8 != 0 {
			// head itself makes no sense (it may lie behind us, too): believe
			// it, as the writer goes on from there.
			out = append(out, r.skip(head))
			break
		}
		start := r.pos & (r.size - 1)
		size := uint64(binary.LittleEndian.Uint32(r.ring[start:]))
		least := uint64(recordHead)
		if Kind(r.ring[start+4]) == KindNote {
			least = noteHead
		}
		if size%8 != 0 || size < least || size > r.size/4 || size > left {
			out = append(out, r.skip(head))
			break
		}
		out = append(out, Record{})
		rec := &out[len(out)-1]
		if !r.decode(r.ring[start:start+size], least, rec) {
			r.bad.Add(1)
			*rec = Record{}
		}
		rec.Pos, rec.Size = r.pos, size
		r.pos += size
	}
	return out, nil
}

func (r *Reader) skip(head uint64) Record {
	r.bad.Add(1)
	rec := Record{Kind: KindBad, Pos: r.pos, Size: head - r.pos}
	r.pos = head
	return rec
}

// Commit gives everything before pos back to the writer.
func (r *Reader) Commit(pos uint64) (err error) {
	defer guard(&err)()
	atomic.StoreUint64(r.tail, pos)
	return nil
}

// Tail is the position last committed, by this reader or an earlier one.
func (r *Reader) Tail() (tail uint64, err error) {
	defer guard(&err)()
	return atomic.LoadUint64(r.tail), nil
}

// Behind is how many bytes wait to be read.
func (r *Reader) Behind() (n uint64, err error) {
	defer guard(&err)()
	return atomic.LoadUint64(r.head) - r.pos, nil
}

// RaiseControl tells the writer's process that its control file changed.
func (r *Reader) RaiseControl() (err error) {
	defer guard(&err)()
	atomic.AddUint32(r.control, 1)
	return nil
}

// Counters of the writer and of this reader.
func (r *Reader) Counters() (c Counters, err error) {
	defer guard(&err)()
	return Counters{
		Dropped:  atomic.LoadUint64(r.dropped),
		Finished: atomic.LoadUint64(r.finished),
		Foreign:  atomic.LoadUint64(r.foreign),
		Bad:      r.bad.Load(),
	}, nil
}

// guard turns a fault on the mapping into ErrTruncated: another process owns
// the file and may cut it short at any moment.
func guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		e := recover()
		if e == nil {
			return
		}
		if _, fault := e.(interface{ Addr() uintptr }); !fault {
			panic(e)
		}
		*err = ErrTruncated
	}
}
