// Package ui holds the built pages. It is empty but for a .keep until
// `make build` has run.
package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist gives the built pages: index.html and assets.
func Dist() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // cannot be: the directory is embedded by name
	}
	return files
}
