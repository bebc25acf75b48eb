package parquet

import (
	"context"
	"runtime"
	"testing"
	"weak"
)

func TestSealedHeadIsLetGo(t *testing.T) {
	s := openTest(t, t.TempDir(), Options{})
	if err := s.Append(context.Background(), hour(0, 100)); err != nil {
		t.Fatal(err)
	}
	h := weak.Make(s.active)
	sealAll(t, s)
	for range 10 {
		if runtime.GC(); h.Value() == nil {
			return
		}
	}
	t.Error("the columns of a sealed head are still in memory")
}
