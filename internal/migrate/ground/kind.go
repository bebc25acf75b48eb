package ground

import (
	"bytes"
	"path"
	"strings"
)

// kind is what a file is for.
type kind int

const (
	unread       kind = iota
	requirements      // of pip, a requirement a line
	project           // pyproject.toml, Pipfile, setup.cfg, conda's environment
	lock              // written by a tool
	docker            // Dockerfile
	yaml              // compose, Kubernetes, Helm, CI
	config            // tox.ini and others
	terraform         //
	version           // .python-version, runtime.txt, .tool-versions
	script            // shell, Makefile
	other             // JSON and the like
	prose             // documentation
)

func kindOf(name string, text []byte) kind {
	base := strings.ToLower(path.Base(name))
	for _, ending := range []string{".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".example", ".sample", ".dist"} {
		if rest := strings.TrimSuffix(base, ending); rest != base && strings.Contains(rest, ".") {
			base = rest
			break
		}
	}
	extension := path.Ext(base)
	folder := "/" + strings.ToLower(path.Dir(name)) + "/"
	switch {
	case strings.Contains(folder, ".egg-info/"), strings.Contains(folder, ".dist-info/"):
		return unread // made from the project's own files
	case strings.Contains(folder, "/releasenotes/"), strings.Contains(folder, "/changelog"), strings.HasPrefix(base, "changelog"):
		return prose
	case base == "poetry.lock", base == "uv.lock", base == "pdm.lock", base == "pipfile.lock", strings.HasPrefix(base, "pylock.") && extension == ".toml",
		base == "pixi.lock", base == "conda-lock.yml", base == "conda-lock.yaml":
		return lock
	case strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "containerfile"), extension == ".dockerfile", extension == ".containerfile":
		return docker
	case base == "runtime.txt", base == ".python-version", base == ".python-versions", base == ".tool-versions":
		return version
	case base == "pipfile", base == "setup.cfg", extension == ".toml":
		return project
	case (extension == ".txt" || extension == ".in" || extension == ".pip" || extension == ".lock") && (strings.Contains(base, "require") || strings.Contains(base, "constraint") ||
		strings.Contains(path.Dir("/"+name), "require") || strings.Contains(path.Dir("/"+name), "constraint") || requires(text)):
		return requirements
	}
	switch extension {
	case ".yml", ".yaml":
		return yaml
	case ".ini", ".cfg", ".conf":
		return config
	case ".tf", ".tfvars", ".hcl", ".nomad":
		return terraform
	case ".sh", ".bash", ".zsh", ".mk", ".ps1", ".bat", ".env", ".envrc", ".groovy":
		return script
	case ".json":
		return other
	case ".md", ".rst", ".txt", ".adoc", ".markdown":
		return prose
	case ".py", ".pyi", ".js", ".ts", ".css", ".svg", ".map", ".lock", ".csv", ".html", ".go", ".java", ".c", ".h", ".sql", ".xml", ".po", ".ipynb", ".log":
		return unread
	}
	if base == "makefile" || base == "procfile" || strings.HasPrefix(base, "jenkinsfile") || base == "justfile" || strings.HasPrefix(base, ".env") || bytes.HasPrefix(text, []byte("#!")) {
		return script
	}
	return unread
}

// requires is true of a text file in which a line pins ddtrace as pip's files do.
func requires(text []byte) bool {
	for _, op := range []string{"==", ">=", "~=", "<", "["} {
		mark := []byte("ddtrace" + op)
		if bytes.HasPrefix(text, mark) || bytes.Contains(text, append([]byte("\n"), mark...)) {
			return true
		}
	}
	return false
}
