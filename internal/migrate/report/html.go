package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"

	"hoofprint/internal/migrate/finding"
)

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// HTML writes the report as a page that needs nothing else. All of the scanned text in it is escaped.
func HTML(to io.Writer, r *Report) error {
	out := bufio.NewWriter(to)
	sum := sha256.Sum256([]byte(pageScript))
	fmt.Fprintf(out, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'">
<title>From ddtrace 3 to 4: %d %s</title>
<style>
%s</style>
</head>
<body>
`, base64.StdEncoding.EncodeToString(sum[:]), len(r.Findings), plural(len(r.Findings), "finding"), pageStyle)
	writeHead(out, r)
	out.WriteString("<main>\n")
	if len(r.Findings) > 0 {
		writeFilters(out, r)
		writeRules(out, r)
	}
	last := ""
	for i, f := range r.Findings {
		if i == 0 || f.Path != last {
			if i > 0 {
				out.WriteString("</section>\n")
			}
			fmt.Fprintf(out, "<section data-path=\"%[1]s\">\n<h2>%[1]s</h2>\n", escape(f.Path))
			last = f.Path
		}
		writeArticle(out, r, f)
	}
	if len(r.Findings) > 0 {
		out.WriteString("</section>\n")
	}
	writeHTMLProblems(out, "Files that do not parse", r.Unparsed)
	writeHTMLProblems(out, "Files that could not be read", r.Errors)
	writeHTMLProblems(out, "Comments that ignore nothing", r.UnusedIgnores)
	out.WriteString("</main>\n")
	if len(r.Findings) > 0 {
		fmt.Fprintf(out, "<script>%s</script>\n", pageScript)
	}
	out.WriteString("</body>\n</html>\n")
	return out.Flush()
}

func escape(text string) string { return html.EscapeString(clean(text)) }

func writeHead(out io.Writer, r *Report) {
	safe, unsafe := r.Fixable()
	sure := r.Certain()
	fmt.Fprintf(out, "<header><div>\n<h1>From ddtrace 3 to 4</h1>\n<p>%s</p>\n<ul class=\"figures\">\n", escape(r.Root))
	for _, figure := range []struct {
		n    int
		what string
	}{
		{sure, "certain"}, {len(r.Findings) - sure, "likely"}, {safe, "mended by --write"}, {unsafe, "more with --unsafe"},
		{r.Files(), "files with findings"}, {r.Summary.Files, "files read"}, {r.Summary.Lines, "lines"},
	} {
		fmt.Fprintf(out, "<li><b>%d</b>%s</li>\n", figure.n, figure.what)
	}
	fmt.Fprint(out, "</ul>\n</div></header>\n")
}

func writeFilters(out io.Writer, r *Report) {
	fmt.Fprint(out, "<form hidden>\n<label>Rule <select name=\"rule\"><option value=\"\">all</option>")
	for _, c := range r.Counts() {
		fmt.Fprintf(out, "<option value=\"%[1]s\">%[1]s</option>", escape(c.Rule))
	}
	fmt.Fprint(out, `</select></label>
<label>Certainty <select name="certainty"><option value="">all</option><option>certain</option><option>likely</option></select></label>
<label>Words <input type="search" name="words"></label>
<output aria-live="polite"></output>
</form>
`)
}

func writeRules(out io.Writer, r *Report) {
	fmt.Fprint(out, "<table>\n<thead><tr><th>Rule</th><th>What breaks</th><th>Certain</th><th>Likely</th></tr></thead>\n<tbody>\n")
	for _, c := range r.Counts() {
		fmt.Fprintf(out, "<tr><td class=\"rule\">%s</td><td>%s</td><td class=\"count\">%d</td><td class=\"count\">%d</td></tr>\n", escape(c.Rule), escape(about(c.Rule).Why), c.Certain, c.Likely)
	}
	fmt.Fprint(out, "</tbody>\n</table>\n")
}

func writeArticle(out io.Writer, r *Report, f finding.Finding) {
	fmt.Fprintf(out, "<article class=\"%[1]s\" data-certainty=\"%[1]s\" data-rule=\"%[2]s\">\n<header><span class=\"place\">%[3]d:%[4]d</span> <span class=\"sure\">%[1]s</span> <span class=\"rule\">%[2]s</span>",
		escape(string(f.Certainty)), escape(f.Rule), f.Line, f.Column)
	if how := howToFix(f); how != "" {
		fmt.Fprintf(out, " <span class=\"can\">%s</span>", strings.Trim(how, " ()"))
	}
	fmt.Fprintf(out, "</header>\n<p>%s</p>\n", escape(f.Message))
	if line, ok := r.line(f.Path, f.Line); ok {
		writeExcerpt(out, line, f)
	}
	if f.Fix != "" {
		fmt.Fprintf(out, "<p class=\"fix\">%s</p>\n", escape(f.Fix))
	}
	fmt.Fprint(out, "</article>\n")
}

func writeExcerpt(out io.Writer, line string, f finding.Finding) {
	signs := []rune(line)
	from := min(max(f.Column-1, 0), len(signs))
	to := len(signs)
	if f.EndLine == f.Line {
		to = min(max(f.EndColumn-1, from), len(signs))
	}
	begin, end := max(0, from-200), min(len(signs), to+400)
	tabs := func(part []rune) string {
		parts := strings.Split(string(part), "\t")
		for i := range parts {
			parts[i] = escape(parts[i])
		}
		return strings.Join(parts, "\t")
	}
	fmt.Fprintf(out, "<pre><span class=\"number\">%d </span>%s<mark>%s</mark>%s</pre>\n", f.Line, tabs(signs[begin:from]), tabs(signs[from:to]), tabs(signs[to:end]))
}

func writeHTMLProblems(out io.Writer, title string, problems []Problem) {
	if len(problems) == 0 {
		return
	}
	fmt.Fprintf(out, "<section>\n<h2>%s</h2>\n<table>\n<tbody>\n", title)
	for _, p := range problems {
		place := p.Path
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column)
		}
		fmt.Fprintf(out, "<tr><td class=\"place\">%s</td><td>%s</td></tr>\n", escape(place), escape(p.Message))
	}
	fmt.Fprint(out, "</tbody>\n</table>\n</section>\n")
}
