package names

import (
	"bytes"
	"math/bits"
	"slices"

	"hoofprint/internal/parallel"
)

// wordFilter says which words a text may have: a bit for each, at its hash.
type wordFilter []uint64

// filterOf makes the filter of a text, whose size follows the text's.
func filterOf(text []byte) wordFilter {
	size := 1 << bits.Len(uint(len(text)/256))
	f := make(wordFilter, size)
	mask := uint32(size*64 - 1)
	hash, inside := uint32(offset32), false
	for _, c := range text {
		if c == '_' || c >= 0x80 || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' {
			hash = (hash ^ uint32(c)) * prime32
			inside = true
		} else if inside {
			f.set(hash & mask)
			hash, inside = offset32, false
		}
	}
	if inside {
		f.set(hash & mask)
	}
	return f
}

// FNV-1a
const (
	offset32 = 2166136261
	prime32  = 16777619
)

func (f wordFilter) set(bit uint32) { f[bit/64] |= 1 << (bit % 64) }

func (f wordFilter) mayHave(word string) bool {
	hash := uint32(offset32)
	for i := range len(word) {
		hash = (hash ^ uint32(word[i])) * prime32
	}
	bit := hash & uint32(len(f)*64-1)
	return f[bit/64]&(1<<(bit%64)) != 0
}

// naming are the modules whose text has a word; ok is false if they are more than most. That
// own has it is known, so that a large file is not searched for each of its functions.
func (p *Project) naming(word string, own *Module, most int) (found []*Module, ok bool) {
	if p.filters == nil {
		p.filters = make([]wordFilter, len(p.all))
		parallel.Each(len(p.all), func(i int) { p.filters[i] = filterOf(p.all[i].File.Text) })
	}
	for i, m := range p.all {
		if p.filters[i].mayHave(word) {
			// Some do not have it, so that a few more may be looked into.
			if found = append(found, m); len(found) > 2*most {
				return nil, false
			}
		}
	}
	found = slices.DeleteFunc(found, func(m *Module) bool {
		return m != own && !bytes.Contains(m.File.Text, []byte(word))
	})
	return found, len(found) <= most
}
