package parquet

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mappedBytes is what the process holds of the files in a directory.
func mappedBytes(t *testing.T, dir string) (bytes int) {
	t.Helper()
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("needs /proc/self/smaps:", err)
	}
	defer maps.Close()
	ours := false
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case !strings.HasSuffix(fields[0], ":"): // a mapping begins; anonymous ones have no path
			ours = len(fields) >= 6 && filepath.Dir(fields[5]) == dir
		case ours && fields[0] == "Rss:":
			kilobytes, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			bytes += kilobytes << 10
		}
	}
	return bytes
}

func TestIdleFilesLeaveTheMemory(t *testing.T) {
	s := hours(t, 3, Options{})
	now := time.Now()
	s.count(t, "service:web")
	s.unmapIdle(now)
	s.unmapIdle(now.Add(residentTime / 2))
	if n := mappedBytes(t, s.dir); n == 0 {
		t.Fatal("nothing is mapped after a question")
	}
	s.unmapIdle(now.Add(residentTime))
	if n := mappedBytes(t, s.dir); n != 0 {
		t.Errorf("%d bytes are still mapped", n)
	}
	if n := s.count(t, ""); n != 900 {
		t.Errorf("%d spans afterwards, want 900", n)
	}
}
