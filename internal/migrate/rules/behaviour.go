package rules

import (
	"hoofprint/internal/migrate/finding"
	"hoofprint/internal/migrate/syntax"
	"hoofprint/migration"
)

// behaviours find code that means something else on ddtrace 4 without naming anything that went.
var behaviours = []rule{djangoSettings, openaiStreams, goneLibraries, goneIntegrations, patchedInProcess, pytestPlugins, wrappedMethods}

// behaviourWords are in files that are worth a look though they may not mention ddtrace.
var behaviourWords = []string{
	"INSTALLED_APPS", "django.db.backends", "django.core.cache.backends", "django.template.backends",
	"openai", "freezegun", "aioredis", "generativeai", "cassandra", "mongoengine", "vertica_python", "yaaredis",
}

// behaves adds a finding with the registry's words.
func (s *scan) behaves(id string, at syntax.Node, sure finding.Certainty) *finding.Finding {
	change, ok := migration.Find(id)
	if !ok {
		return &finding.Finding{}
	}
	start, end := at.Range()
	f := finding.At(s.file, start, end, id, sure)
	f.Message, f.Fix = change.Why, change.Instead
	s.found = append(s.found, f)
	return &s.found[len(s.found)-1]
}
