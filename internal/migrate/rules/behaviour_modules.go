package rules

import (
	"regexp"
	"strings"

	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/source"
	"hoofprint/migration"
)

const patchModules = "DD_PATCH_MODULES"

// module is one of those that DD_PATCH_MODULES names: "redis:true,flask:false".
var module = regexp.MustCompile(`\b([a-z][a-z0-9_]*)\s*:\s*(?i:true|false|1|0)\b`)

// patchedModules finds what DD_PATCH_MODULES names that has no integration any more, where the
// value is on the line of the variable's name.
func patchedModules(f *source.File, text string, start int) []finding.Finding {
	at := strings.Index(text, patchModules)
	if at < 0 || commented(text[:at]) {
		return nil
	}
	at += len(patchModules)
	var found []finding.Finding
	for _, m := range module.FindAllStringSubmatchIndex(text[at:], -1) {
		i, ok := integrationNamed(text[at+m[2] : at+m[3]])
		change, known := migration.Find(i.change)
		if !ok || !i.gone || !known {
			continue
		}
		one := finding.At(f, start+at+m[0], start+at+m[1], i.change, finding.Certain)
		one.Message = "the integration of " + i.library + " is gone, so there is nothing to switch on or off"
		one.Fix = change.Instead
		found = append(found, one)
	}
	return found
}
