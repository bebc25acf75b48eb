package ring

import "time"

// Offsets of the header; see FORMAT.md.
const (
	offMagic         = 0
	offVersion       = 8
	offHeaderSize    = 12
	offSlots         = 16
	offSlotCount     = 24
	offSlotSize      = 28
	offStrings       = 32
	offStringsSize   = 40
	offRing          = 48
	offRingSize      = 56
	offPID           = 64
	offStartTime     = 72
	offCreated       = 80
	offHead          = 256
	offStringHead    = 264
	offDropped       = 272
	offFinished      = 280
	offForeign       = 288
	offTail          = 320
	offArmed         = 384
	offControl       = 388
	offDescriptionSz = 448
	offDescription   = 452
)

const (
	magic      = "HOOFRING"
	version    = 1
	headerSize = 4096
	slotSize   = 64
	recordHead = 88
	noteHead   = 16
	inline     = uint32(1) << 31
)

// Limits on what a file may claim. They are wide: they only keep a damaged or
// hostile file from making the reader map or allocate without bound.
const (
	minRingSize    = 64 << 10
	maxRingSize    = 1 << 30
	maxSlotCount   = 1 << 16
	maxStringsSize = 64 << 20
	maxStrings     = 65536
	// maxDescription is what is left of the header behind its fixed part.
	maxDescription = headerSize - offDescription
)

// MaxWait bounds a wait for records: a writer's check of the armed word may run
// ahead of its store of head, and the writer in Python never wakes anyone.
const MaxWait = time.Second

// Sizes of the blocks out of which decoded tags and texts are cut, so that a
// span costs a fraction of an allocation. A block lives as long as any span
// that uses it, hence they are small.
const (
	tagBlock  = 512
	textBlock = 16 << 10
)
