package collector

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"

	"hoofprint/internal/ring"
)

// initialPIDNamespace is the kernel's number of the namespace that has every
// process of the machine.
const initialPIDNamespace = "4026531836"

// writer is the process that writes a ring, as this process sees it.
type writer struct {
	pid   int
	start uint64
	// hidden: it lives in a container that cannot be seen from here, so that
	// nobody can tell when it ends.
	hidden bool
}

// pidNamespace is the number of the namespace that gives this process its pid,
// "" where the kernel does not tell.
func pidNamespace() string {
	st, err := os.Stat("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(sys.Ino, 10)
	}
	return ""
}

// writerOf finds the process of a ring. Its pid in the ring is that of its own
// pid namespace, which means nothing in another one.
func writerOf(reader *ring.Reader, own string) writer {
	w := writer{pid: reader.PID(), start: reader.StartTime()}
	theirs := reader.Description().PIDNamespace
	if theirs == "" || own == "" || theirs == own {
		return w
	}
	w.pid = findInside(theirs, w.pid, w.start)
	w.hidden = w.pid == 0 && own != initialPIDNamespace
	return w
}

// findInside gives our pid of a process that has another one in its own
// namespace; 0 if there is none to be seen.
func findInside(namespace string, pid int, start uint64) int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		ours, err := strconv.Atoi(e.Name())
		if err != nil || !alive(ours, start) {
			continue
		}
		status, err := os.ReadFile("/proc/" + e.Name() + "/status")
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(status), "\nNSpid:")
		line, _, _ := strings.Cut(after, "\n")
		pids := strings.Fields(line)
		link, _ := os.Readlink("/proc/" + e.Name() + "/ns/pid")
		if len(pids) > 0 && pids[len(pids)-1] == strconv.Itoa(pid) && link == "pid:["+namespace+"]" {
			return ours
		}
	}
	return 0
}

// holds tells whether the process still has the ring of this name mapped. It has
// not after an exec: then the process lives, but nobody will write to the ring.
func (w writer) holds(name string) bool {
	f, err := os.Open("/proc/" + strconv.Itoa(w.pid) + "/maps")
	if err != nil {
		return true
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	seen := false
	for lines.Scan() {
		seen = true
		if bytes.Contains(lines.Bytes(), []byte("/"+name)) {
			return true
		}
	}
	return !seen || lines.Err() != nil // what cannot be read proves nothing
}
