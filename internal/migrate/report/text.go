package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"hoofprint/internal/migrate/finding"
)

// style writes colours, or nothing.
type style bool

func (s style) paint(code, text string) string {
	if !s || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string  { return s.paint("1", text) }
func (s style) faint(text string) string { return s.paint("2", text) }
func (s style) sure(c finding.Certainty) string {
	if c == finding.Certain {
		return s.paint("1;31", string(c))
	}
	return s.paint("33", string(c))
}

// Text writes the report for people.
func Text(to io.Writer, r *Report, color bool) error {
	out := bufio.NewWriter(to)
	s := style(color)
	last := ""
	for i, f := range r.Findings {
		if i == 0 || f.Path != last {
			n := 0
			for n < len(r.Findings)-i && r.Findings[i+n].Path == f.Path {
				n++
			}
			fmt.Fprintf(out, "%s %s\n\n", s.bold(clean(r.Display(f.Path))), s.faint(fmt.Sprintf("%d %s", n, plural(n, "finding"))))
			last = f.Path
		}
		writeFinding(out, r, f, s)
	}
	writeSummary(out, r, s)
	return out.Flush()
}

func writeFinding(out io.Writer, r *Report, f finding.Finding, s style) {
	fmt.Fprintf(out, "  %s: %s %s\n", clean(fmt.Sprintf("%s:%d:%d", r.Display(f.Path), f.Line, f.Column)), s.sure(f.Certainty), s.bold(f.Rule))
	fmt.Fprintf(out, "    %s\n", clean(f.Message))
	if line, ok := r.line(f.Path, f.Line); ok {
		number := fmt.Sprintf("%6d", f.Line)
		shown, mark := excerpt(line, f)
		fmt.Fprintf(out, "%s %s %s\n", s.faint(number), s.faint("|"), shown)
		fmt.Fprintf(out, "%s %s %s\n", strings.Repeat(" ", len(number)), s.faint("|"), s.paint("31", mark))
	}
	if f.Fix != "" {
		fmt.Fprintf(out, "    fix: %s%s\n", clean(f.Fix), s.faint(howToFix(f)))
	}
	fmt.Fprintln(out)
}

func howToFix(f finding.Finding) string {
	switch {
	case len(f.Edits) == 0:
		return ""
	case f.Safe:
		return " (--write)"
	}
	return " (--write --unsafe)"
}

// excerptWidth is the number of columns that an excerpt may take.
const excerptWidth = 110

// excerpt is a line as a terminal shows it and the marks below the use; the part around the use of a long line.
func excerpt(line string, f finding.Finding) (shown, mark string) {
	var text, below strings.Builder
	column, shift := 1, 0
	if f.Column > excerptWidth*3/4 {
		shift = f.Column - excerptWidth/4
		text.WriteString("… ")
		below.WriteString("  ")
	}
	end := f.EndColumn
	if f.EndLine > f.Line {
		end = len(line) + 2
	}
	taken := 0
	for _, c := range line {
		if column++; column-1 < shift {
			continue
		}
		sign := string(c)
		switch {
		case c == '\t':
			sign = strings.Repeat(" ", 4-taken%4)
		case !unicode.IsPrint(c):
			sign = "·"
		}
		wide := len([]rune(sign))
		if k := width.LookupRune(c).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			wide = 2
		}
		if taken+wide > excerptWidth {
			text.WriteString(" …")
			break
		}
		taken += wide
		text.WriteString(sign)
		if column-1 >= f.Column && column-1 < end {
			below.WriteString(strings.Repeat("^", wide))
		} else {
			below.WriteString(strings.Repeat(" ", wide))
		}
	}
	mark = strings.TrimRight(below.String(), " ")
	if mark == "" {
		mark = below.String() + "^" // the use is at the end of the line, or empty
	}
	return text.String(), mark
}

func writeSummary(out io.Writer, r *Report, s style) {
	n, sure := len(r.Findings), r.Certain()
	counts := r.Counts()
	longest := 0
	for _, c := range counts {
		longest = max(longest, len(c.Rule))
	}
	for _, c := range counts {
		how := fmt.Sprintf("%d certain, %d likely", c.Certain, c.Likely)
		switch {
		case c.Likely == 0:
			how = "certain"
		case c.Certain == 0:
			how = "likely"
		}
		fmt.Fprintf(out, "%6d  %-*s  %s\n", c.Certain+c.Likely, longest, c.Rule, s.faint(how))
	}
	if n > 0 {
		files := r.Files()
		fmt.Fprintf(out, "\n%s in %d %s: %d certain, %d likely\n", s.bold(fmt.Sprintf("%d %s", n, plural(n, "finding"))), files, plural(files, "file"), sure, n-sure)
	} else {
		fmt.Fprintln(out, "Nothing found that ddtrace 4 removed or changed.")
	}
	safe, unsafe := r.Fixable()
	switch {
	case safe > 0 && unsafe > 0:
		fmt.Fprintf(out, "--write mends %d of them, and with --unsafe %d more\n", safe, unsafe)
	case safe > 0:
		fmt.Fprintf(out, "--write mends %d of them\n", safe)
	case unsafe > 0:
		fmt.Fprintf(out, "--write --unsafe mends %d of them\n", unsafe)
	}
	if r.Summary.Fixed > 0 {
		fmt.Fprintf(out, "%d %s mended\n", r.Summary.Fixed, plural(r.Summary.Fixed, "finding"))
	}
	if r.Summary.Todos > 0 {
		fmt.Fprintf(out, "%d TODO %s left\n", r.Summary.Todos, plural(r.Summary.Todos, "comment"))
	}
	fmt.Fprintf(out, "%d %s read, %d of them Python, %d lines\n", r.Summary.Files, plural(r.Summary.Files, "file"), r.Summary.Python, r.Summary.Lines)
	if r.Summary.Ignored > 0 {
		fmt.Fprintf(out, "%d %s ignored by comments or the configuration\n", r.Summary.Ignored, plural(r.Summary.Ignored, "finding"))
	}
	if large := len(r.Summary.Large); large > 0 {
		fmt.Fprintf(out, "%d %s left out for being larger than 4 MB: %s\n", large, plural(large, "file"), clean(strings.Join(r.Summary.Large[:min(large, 5)], ", ")))
	}
	writeProblems(out, r, s, "Not scanned, because it does not parse", r.Unparsed)
	writeProblems(out, r, s, "Failed", r.Errors)
	writeProblems(out, r, s, "Comments that ignore nothing", r.UnusedIgnores)
}

func writeProblems(out io.Writer, r *Report, s style, what string, problems []Problem) {
	if len(problems) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", s.bold(fmt.Sprintf("%s: %d", what, len(problems))))
	for _, p := range problems {
		at := r.Display(p.Path)
		if p.Line > 0 {
			at = fmt.Sprintf("%s:%d:%d", at, p.Line, p.Column)
		}
		fmt.Fprintf(out, "  %s: %s\n", clean(at), clean(p.Message))
	}
}

// clean takes out what would steer a terminal.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if c != ' ' && !unicode.IsPrint(c) {
			return '·'
		}
		return c
	}, text)
}
