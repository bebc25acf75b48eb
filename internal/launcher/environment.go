package launcher

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// environment is the command's environment, in its order. Of a variable that
// is there twice the first counts, as for getenv and for Python.
type environment struct {
	variables []string
}

func newEnvironment(variables []string) *environment {
	return &environment{variables: slices.Clone(variables)}
}

func (e *environment) lookup(name string) (string, bool) {
	for _, variable := range e.variables {
		if rest, ok := strings.CutPrefix(variable, name); ok && strings.HasPrefix(rest, "=") {
			return rest[1:], true
		}
	}
	return "", false
}

func (e *environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

func (e *environment) set(name, value string) {
	e.variables = slices.DeleteFunc(e.variables, func(variable string) bool {
		return strings.HasPrefix(variable, name+"=")
	})
	e.variables = append(e.variables, name+"="+value)
}

// prependPath puts directory first in a list like PATH, and there only once.
func (e *environment) prependPath(name, directory string) {
	entries := []string{directory}
	if old := e.get(name); old != "" {
		for _, entry := range strings.Split(old, ":") {
			if entry != directory {
				entries = append(entries, entry)
			}
		}
	}
	e.set(name, strings.Join(entries, ":"))
}

func (e *environment) list() []string { return e.variables }

// find looks a program up as the shell does, on the command's own PATH. The
// error is fs.ErrNotExist, or fs.ErrPermission where only files that cannot be
// executed have the name.
func (e *environment) find(program string) (string, error) {
	if strings.Contains(program, "/") {
		return program, executable(program)
	}
	path, ok := e.lookup("PATH")
	if !ok {
		path = "/usr/local/bin:/usr/bin:/bin" // execvp's default
	}
	result := error(fs.ErrNotExist)
	for _, directory := range filepath.SplitList(path) {
		if directory == "" {
			directory = "."
		}
		candidate := directory + "/" + program
		switch err := executable(candidate); err {
		case nil:
			return candidate, nil
		case fs.ErrPermission:
			result = err
		}
	}
	return "", result
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fs.ErrNotExist
	}
	const canExecute = 1 // X_OK
	if info.IsDir() || syscall.Access(path, canExecute) != nil {
		return fs.ErrPermission
	}
	return nil
}
