package telemetry

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxDistributions = 5000
	maxMetadata      = 64 << 10
	maxRecord        = 16 << 20
	maxFolders       = 64
)

// distribution is an installed one: a wheel's or an egg's metadata.
type distribution struct {
	name    string
	version string
}

// folder is one entry of sys.path: which distributions a module may come from.
type folder struct {
	changed time.Time
	modules map[string][]int // "flask", "google.cloud", "google.cloud.storage"
	all     []distribution
}

// folders remembers what was found on disk, for all processes.
type folders struct {
	mu    sync.Mutex
	known map[string]*folder
}

// find gives the distributions of modules, looked for along path. A module that
// several distributions share is told by its longest name that only one has.
func (f *folders) find(path, modules []string) []distribution {
	f.mu.Lock()
	defer f.mu.Unlock()
	var at []*folder
	for _, dir := range path {
		if one := f.folder(dir); one != nil {
			at = append(at, one)
		}
	}
	var found []distribution
	seen := map[string]bool{}
	for _, module := range modules {
		for _, one := range at {
			owners := one.modules[module]
			if len(owners) == 0 {
				continue
			}
			if len(owners) == 1 {
				d := one.all[owners[0]]
				if !seen[d.name] {
					seen[d.name] = true
					found = append(found, d)
				}
			}
			break // the first entry of the path that has it is where Python took it from
		}
	}
	return found
}

// folder reads an entry of sys.path, once unless it has changed. f.mu is held.
func (f *folders) folder(dir string) *folder {
	if !filepath.IsAbs(dir) {
		return nil
	}
	st, err := os.Stat(dir)
	if err != nil || !st.IsDir() {
		return nil
	}
	if one := f.known[dir]; one != nil && one.changed.Equal(st.ModTime()) {
		return one
	}
	if f.known == nil || len(f.known) >= maxFolders {
		f.known = map[string]*folder{}
	}
	one := readFolder(dir)
	one.changed = st.ModTime()
	f.known[dir] = one
	return one
}

func readFolder(dir string) *folder {
	one := &folder{modules: map[string][]int{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return one
	}
	for _, e := range entries {
		if len(one.all) == maxDistributions {
			break
		}
		info := filepath.Join(dir, e.Name())
		var metadata, record string
		switch filepath.Ext(e.Name()) {
		case ".dist-info":
			metadata, record = "METADATA", "RECORD"
		case ".egg-info":
			metadata, record = "PKG-INFO", "SOURCES.txt"
		default:
			continue
		}
		if !e.IsDir() {
			continue
		}
		d := readMetadata(filepath.Join(info, metadata))
		if d.name == "" || d.version == "" {
			continue
		}
		one.all = append(one.all, d)
		n := len(one.all) - 1
		names := map[string]bool{}
		eachLine(filepath.Join(info, record), maxRecord, func(line string) bool {
			moduleNames(line, names)
			return true
		})
		eachLine(filepath.Join(info, "top_level.txt"), maxMetadata, func(line string) bool {
			names[strings.TrimSpace(line)] = true
			return true
		})
		for name := range names {
			one.modules[name] = append(one.modules[name], n)
		}
	}
	return one
}

// moduleNames adds the modules that a line of a RECORD shows: the top-level one,
// and packages up to two levels below it.
func moduleNames(line string, names map[string]bool) {
	file, _, _ := strings.Cut(line, ",")
	file = strings.Trim(file, "\"\r")
	parts := strings.Split(file, "/")
	last := parts[len(parts)-1]
	if !strings.HasSuffix(last, ".py") && !strings.HasSuffix(last, ".so") && !strings.HasSuffix(last, ".pyc") {
		return
	}
	if len(parts) == 1 {
		name, _, _ := strings.Cut(last, ".")
		names[name] = true
		return
	}
	full := ""
	for i, part := range parts[:len(parts)-1] {
		if i == 3 || part == "__pycache__" || part == "" || strings.ContainsAny(part, ".-") {
			return
		}
		if i > 0 {
			full += "."
		}
		full += part
		names[full] = true
	}
}

func readMetadata(path string) distribution {
	var d distribution
	eachLine(path, maxMetadata, func(line string) bool {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		}
		switch strings.ToLower(key) {
		case "name":
			d.name = strings.ToLower(strings.TrimSpace(value))
		case "version":
			d.version = strings.TrimSpace(value)
		}
		return d.name == "" || d.version == ""
	})
	return d
}

// eachLine reads a file, no more than limit bytes of it; what cannot be read has
// no lines.
func eachLine(path string, limit int64, f func(line string) bool) {
	// A pipe must not keep us waiting.
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if st, err := file.Stat(); err != nil || !st.Mode().IsRegular() {
		return
	}
	lines := bufio.NewScanner(io.LimitReader(file, limit))
	for lines.Scan() {
		if !f(lines.Text()) {
			return
		}
	}
}

// sorted by name, so that the same modules give the same list.
func sortDistributions(list []distribution) {
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
}
