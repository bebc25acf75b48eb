package launcher

import (
	"fmt"
	"os"
	"path/filepath"
)

// pythonDirectory finds the directory that holds our ddtrace package: the one
// asked for, the one above ddtrace/bin in a wheel, or python/ beside bin/ in
// the repository and in the release archive.
func pythonDirectory(binary, asked string) (string, error) {
	if asked != "" {
		directory, err := filepath.Abs(asked)
		if err != nil || !holdsPackage(directory) {
			return "", fmt.Errorf("HOOFPRINT_PYTHON=%s does not hold the ddtrace package", asked)
		}
		return directory, nil
	}
	if resolved, err := filepath.EvalSymlinks(binary); err == nil {
		binary = resolved
	}
	above := filepath.Dir(filepath.Dir(binary))
	for _, directory := range []string{filepath.Dir(above), filepath.Join(above, "python")} {
		if holdsPackage(directory) {
			return directory, nil
		}
	}
	return "", fmt.Errorf("no ddtrace package belongs to %s: set HOOFPRINT_PYTHON to the directory that holds it", binary)
}

func holdsPackage(directory string) bool {
	_, err := os.Stat(filepath.Join(directory, "ddtrace", "bootstrap", "sitecustomize.py"))
	return err == nil
}
