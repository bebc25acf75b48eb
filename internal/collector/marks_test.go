package collector

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMarksOutliveTheirCollector(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1-2.ring.done")
	open := func(created int64) *marks {
		t.Helper()
		k, err := openMarks(path, 64<<10, created)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := open(7)
	k.set(128)
	k.setUnfinished()
	k.close()
	if k = open(7); !k.isSet(128) || k.isSet(256) || k.isSet(128+64<<10) || !k.unfinished() || !k.suspect {
		t.Errorf("after a kill: %v %v %v %v %v", k.isSet(128), k.isSet(256), k.isSet(128+64<<10), k.unfinished(), k.suspect)
	}
	k.setClean()
	k.close()
	if k = open(7); !k.isSet(128) || k.suspect {
		t.Error("after a clean end something is suspect, or a mark is gone")
	}
	k.close()
	if k = open(8); k.isSet(128) || k.unfinished() || k.suspect {
		t.Error("another ring has the marks of the first")
	}
	k.close()
}

// Anything of this user may cut the file: the collector goes on without it.
func TestMarksThatAreCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1-2.ring.done")
	k, err := openMarks(path, 16<<20, 7)
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	k.set(8 << 20)
	if !k.lost.Load() {
		t.Fatal("nobody noticed")
	}
	k.set(0)
	k.setClean()
	if k.isSet(8<<20) || k.unfinished() {
		t.Error("it still tells something")
	}
}
