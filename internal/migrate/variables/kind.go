package variables

import (
	"bytes"
	"path"
	"strings"
)

// kind is how a file is written.
type kind int

const (
	other      kind = iota // unknown
	code                   // a program in another language than Python
	prose                  // documentation
	python                 // read by FindPython
	shell                  // also .envrc
	dotenv                 // a variable a line
	dockerfile             //
	yaml                   // also templates of it
	json                   //
	toml                   //
	ini                    // also tox.ini, supervisord.conf
	systemd                //
	hcl                    // Terraform, Nomad
	makefile               //
	procfile               //
	groovy                 // a Jenkinsfile
	powershell             //
	batch                  //
)

var byExtension = map[string]kind{
	".py": python, ".pyi": python, ".pyw": python, ".pyx": code, ".pxd": code,
	".sh": shell, ".bash": shell, ".zsh": shell, ".ksh": shell, ".envrc": shell, ".bashrc": shell, ".profile": shell, ".bash_profile": shell, ".zshrc": shell, ".bats": shell, ".run": shell,
	".env": dotenv, ".flaskenv": dotenv,
	".dockerfile": dockerfile, ".containerfile": dockerfile,
	".yml": yaml, ".yaml": yaml, ".tpl": yaml, ".gotmpl": yaml,
	".json": json, ".jsonc": json, ".json5": json, ".ipynb": prose,
	".toml": toml,
	".ini":  ini, ".cfg": ini, ".conf": ini, ".properties": ini,
	".service": systemd, ".socket": systemd, ".timer": systemd, ".container": systemd, ".pod": systemd,
	".tf": hcl, ".tfvars": hcl, ".hcl": hcl, ".nomad": hcl, ".bicep": code,
	".mk": makefile, ".groovy": groovy, ".jenkinsfile": groovy, ".gradle": groovy,
	".ps1": powershell, ".psm1": powershell, ".bat": batch, ".cmd": batch,
	".md": prose, ".markdown": prose, ".mdx": prose, ".rst": prose, ".txt": prose, ".adoc": prose, ".org": prose, ".html": prose, ".htm": prose,
	".js": code, ".mjs": code, ".cjs": code, ".jsx": code, ".ts": code, ".mts": code, ".tsx": code, ".go": code, ".java": code, ".kt": code, ".scala": code, ".rb": code,
	".php": code, ".cs": code, ".c": code, ".h": code, ".cc": code, ".cpp": code, ".rs": code, ".swift": code, ".ex": code, ".exs": code, ".lua": code,
}

// Endings that say that a file is a template or an example of what its name is without them.
var endings = []string{".j2", ".jinja", ".jinja2", ".tmpl", ".template", ".erb", ".in", ".dist", ".sample", ".example", ".default", ".defaults", ".orig", ".bak", ".tpl", ".gotmpl"}

func kindOf(name string, text []byte) kind {
	base := strings.ToLower(path.Base(name))
	for _, ending := range endings {
		if rest := strings.TrimSuffix(base, ending); rest != base && (strings.Contains(rest, ".") || rest == "dockerfile" || rest == "makefile") {
			base = rest
			break
		}
	}
	folder := "/" + strings.ToLower(path.Dir(name)) + "/"
	switch {
	case strings.Contains(folder, "/releasenotes/"), strings.Contains(folder, "/changelog"), strings.HasPrefix(base, "changelog"):
		return prose
	case base == "dockerfile", base == "containerfile", strings.HasPrefix(base, "dockerfile."), strings.HasPrefix(base, "dockerfile-"), strings.HasPrefix(base, "containerfile."):
		return dockerfile
	case base == "makefile", base == "gnumakefile", strings.HasPrefix(base, "makefile."):
		return makefile
	case base == "procfile", strings.HasPrefix(base, "procfile."):
		return procfile
	case strings.HasPrefix(base, "jenkinsfile"):
		return groovy
	case base == "pipfile":
		return toml
	case base == "pipfile.lock", base == ".babelrc", base == ".eslintrc":
		return json
	case strings.HasSuffix(path.Dir(name), ".d") && path.Ext(base) == ".conf" && bytes.Contains(text, []byte("[Service]")):
		return systemd
	case base == ".env", strings.HasPrefix(base, ".env.") || strings.HasPrefix(base, ".env-") || strings.HasPrefix(base, ".env_"):
		return dotenv
	}
	if k, ok := byExtension[path.Ext(base)]; ok {
		return k
	}
	if first, _, _ := bytes.Cut(text[:min(len(text), 200)], []byte("\n")); bytes.HasPrefix(first, []byte("#!")) {
		switch {
		case bytes.Contains(first, []byte("python")):
			return code
		case bytes.Contains(first, []byte("sh")), bytes.Contains(first, []byte("bats")):
			return shell
		}
		return code
	}
	if strings.HasPrefix(base, "env.") || base == "env" || base == "env_file" || base == "environment" {
		return dotenv
	}
	return other
}

// uses understands each hit in the way of the file's kind.
func uses(k kind, text []byte, hits []hit) []use {
	switch k {
	case shell:
		return inShell(text, hits)
	case dotenv:
		return inDotenv(text, hits)
	case dockerfile:
		return inDockerfile(text, hits)
	case yaml:
		return inYAML(text, hits)
	case json, hcl, groovy:
		return inBrackets(k, text, hits)
	case toml, ini:
		return inSections(k, text, hits)
	case systemd:
		return inSystemd(text, hits)
	case makefile, procfile:
		return inMakefile(text, hits)
	}
	var found []use
	for _, h := range hits {
		u := around(text, h)
		switch k {
		case prose:
			u.role = mention
		case code:
			u.doubt = true
		}
		found = append(found, u)
	}
	return found
}
