package names

import (
	"math"
	"sort"

	"hoofprint/internal/migrate/syntax"
)

// flow finds which bindings of a name reach a place, following the branches of the text.
type flow struct {
	list  []*binding // of the name, in one scope, in the order of the source
	found []*binding
	seen  map[*binding]bool
	steps int
}

const (
	always = math.MaxInt32
	// patience bounds the work for one name at one place; past it, all its bindings reach.
	patience = 4000
)

// reaching are the bindings of a key in a scope that reach a place in it, and whether the
// place is reached without any.
func (s *scope) reaching(key string, at *block, pos int32) (found []*binding, bare bool) {
	list := s.names[key]
	if len(list) == 0 {
		return nil, true
	}
	f := &flow{list: list, seen: map[*binding]bool{}}
	if s.distant[key] {
		for _, b := range list {
			if f.plenty() {
				break
			}
			if b.remote {
				f.take(b)
			}
		}
	}
	// A parameter is bound before everything else.
	bare = f.reach(at, pos)
	if f.steps > patience {
		return list, true
	}
	return f.found, bare
}

func (f *flow) take(b *binding) {
	if !f.seen[b] {
		f.seen[b] = true
		f.found = append(f.found, b)
	}
}

// plenty is true of more bindings than are looked at together.
func (f *flow) plenty() bool { return len(f.found) > mostBindings }

// reach takes what reaches a position of a block; true if the start of the scope does.
func (f *flow) reach(at *block, pos int32) bool {
	var skip *compound
	for {
		if !f.within(at, pos, skip) {
			return false
		}
		c := at.of
		if c == nil {
			return true
		}
		if c.loop() && at.role == bodySuite {
			f.all(at)
		}
		switch at.role {
		case elseSuite:
			body := c.suite(bodySuite)
			if c.loop() {
				f.all(body)
			} else if isTry(c) && body != nil && !f.within(body, always, nil) {
				return false
			}
		case handlerSuite:
			f.all(c.suite(bodySuite))
		case finalSuite:
			for _, b := range c.blocks {
				if b != at {
					f.all(b)
				}
			}
		}
		pos, skip, at = at.start, c, c.parent
	}
}

// all takes every binding in a block.
func (f *flow) all(at *block) {
	if at == nil {
		return
	}
	first := sort.Search(len(f.list), func(i int) bool { return f.list[i].pos >= at.start })
	for _, b := range f.list[first:] {
		if b.pos > at.end || f.plenty() {
			return
		}
		if b.kind != deleted && b.block.inside(at) {
			f.take(b)
		}
	}
}

func (b *block) inside(outer *block) bool {
	return b.start >= outer.start && b.end <= outer.end && b.scope == outer.scope
}

// within takes what reaches a position of a block from its own start; true if the start does too.
func (f *flow) within(at *block, pos int32, skip *compound) bool {
	var done *compound // the last one; its bindings are next to each other
	// Bindings are in the order of the source, and so of where they begin to hold.
	after := sort.Search(len(f.list), func(i int) bool { return f.list[i].pos > pos })
	for i := after - 1; i >= 0; i-- {
		if f.steps++; f.steps > patience {
			return true
		}
		b := f.list[i]
		if b.pos < at.start && at.of != nil {
			break // as are those before it; parameters hold before their scope's text begins
		}
		if b.remote || !b.block.inside(at) {
			continue
		}
		if b.block == at {
			if b.kind != deleted {
				f.take(b)
			}
			return false
		}
		inner := b.block
		for inner != nil && inner.parent != at {
			inner = inner.parent
		}
		if inner == nil || inner.of == nil || inner.of == skip || inner.of == done {
			continue
		}
		c := inner.of
		if c.end > pos && pos != always {
			continue
		}
		done = c
		if !f.out(c) {
			return false
		}
	}
	return true
}

// out takes what reaches the end of a statement from its suites; true if its start does too.
func (f *flow) out(c *compound) bool {
	through := func(b *block) bool {
		return !b.terminated && f.within(b, always, nil)
	}
	switch {
	case c.loop():
		for _, b := range c.blocks {
			f.all(b)
		}
		return true
	case isWith(c):
		return through(c.blocks[0])
	case isTry(c):
		return f.outOfTry(c, through)
	}
	past, last := false, false
	for _, b := range c.blocks {
		if through(b) {
			past = true
		}
		last = last || b.role == elseSuite
	}
	return past || !last
}

func (f *flow) outOfTry(c *compound, through func(*block) bool) bool {
	body, orelse, final := c.suite(bodySuite), c.suite(elseSuite), c.suite(finalSuite)
	if final != nil && !f.within(final, always, nil) {
		return false
	}
	past := false
	if body != nil && !body.terminated {
		if orelse == nil || through(orelse) {
			past = f.within(body, always, nil)
		}
	}
	for _, b := range c.blocks {
		if b.role == handlerSuite && through(b) {
			f.all(body)
			past = true
		}
	}
	return past
}

func isTry(c *compound) bool {
	_, ok := c.stmt.(*syntax.Try)
	return ok
}

func isWith(c *compound) bool {
	_, ok := c.stmt.(*syntax.With)
	return ok
}
