package stats

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// obfuscate gives a resource as it may be counted: queries without their values,
// commands without their arguments.
func obfuscate(spanType, resource string) string {
	switch spanType {
	case "sql", "cassandra":
		return obfuscateSQL(resource)
	case "redis", "valkey":
		return commands(resource)
	}
	return resource
}

// commands gives the names of the first three commands, one a line.
func commands(resource string) string {
	var out []string
	cutShort := false
	for line := range strings.Lines(resource) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(out) == 3 {
			cutShort = true
			break
		}
		if strings.HasSuffix(words[0], "...") {
			cutShort = true
			continue
		}
		name := strings.ToUpper(words[0])
		switch name {
		case "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "SCRIPT":
			if len(words) > 1 {
				name += " " + strings.ToUpper(words[1])
			}
		}
		out = append(out, name)
	}
	if cutShort {
		out = append(out, "...")
	}
	return strings.Join(out, " ")
}

// query writes an obfuscated query token by token.
type query struct {
	out []byte
	// last is the token before, as it was written; "" at the start.
	last string
	// values: a group of values of an INSERT was written, and those that follow
	// are the same again.
	values bool
	// depth of the parentheses of a further group, which is left out.
	skip int
}

func (q *query) put(token string) {
	switch {
	case q.skip > 0:
		switch token {
		case "(":
			q.skip++
		case ")":
			q.skip--
		}
		return
	case token == ",":
		switch q.last {
		case "?":
			q.last = "?," // another value is no news
		case "?,", "(?)", "":
		default:
			q.out = append(q.out, ',')
			q.last = ","
		}
		return
	case token == "?" && (q.last == "?" || q.last == "?,"):
		return
	case token == "(" && q.values && q.last == "(?)":
		q.skip = 1
		return
	case strings.EqualFold(token, "VALUES"):
		q.values = true
	}
	if len(q.out) > 0 {
		q.out = append(q.out, ' ')
	}
	q.out = append(q.out, token...)
	if token == ")" && (q.last == "?" || q.last == "?,") {
		token = "(?)"
	}
	q.last = token
}

// compares tells whether what follows a token in double quotes is a value.
func compares(token string) bool {
	switch token {
	case "=", "!=", "<>", "<", ">", "<=", ">=":
		return true
	}
	return strings.EqualFold(token, "LIKE")
}

// obfuscateSQL replaces the values of a query by ?, lists of them by one, leaves
// out comments and aliases, and writes the tokens with single spaces.
func obfuscateSQL(s string) string {
	q := query{out: make([]byte, 0, len(s)+16)}
	alias := false // the word AS has come, and its name is next
	for i := 0; i < len(s); {
		c := s[i]
		n := 1
		token := ""
		switch {
		case c == ' ' || c >= '\t' && c <= '\r' || c == ';':
			i++
			continue
		case strings.HasPrefix(s[i:], "--") || c == '#':
			n = upTo(s[i:], "\n")
		case strings.HasPrefix(s[i:], "/*"):
			n = upTo(s[i:], "*/")
		case c == '\'':
			n, token = quoted(s[i:]), "?"
		case c == '"' || c == '`':
			n = quoted(s[i:])
			token = strings.Trim(s[i:i+n], s[i:i+1])
			if c == '"' && compares(q.last) || token == "" {
				token = "?"
			}
		case c == '$':
			n, token = dollar(s[i:])
		case strings.IndexByte("0123456789.+-", c) >= 0 && number(s[i:], q.last) > 0:
			n, token = number(s[i:], q.last), "?"
		case c == '%' && i+1 < len(s) && (s[i+1] == 's' || s[i+1] == 'd' || s[i+1] == '('):
			n, token = 2, "?"
			if s[i+1] == '(' {
				n = upTo(s[i:], ")") // %(name)s
				if i+n < len(s) {
					n++
				}
			}
		case c == '?':
			token = "?"
		case c == '@' || c == '_' || c == ':' && i+1 < len(s) && letter(s[i+1:]) || letter(s[i:]):
			n = word(s[i:])
			token = s[i : i+n]
			if c != '@' && c != ':' {
				switch {
				case strings.EqualFold(token, "AS"):
					alias = true
					token = ""
				case isValue(token):
					token = "?"
				}
			}
		default:
			n = operator(s[i:])
			token = s[i : i+n]
		}
		i += n
		if token == "" {
			continue
		}
		if alias {
			alias = false
			if token != "(" && !strings.EqualFold(token, "SELECT") {
				continue // the name itself
			}
			q.put("AS")
		}
		q.put(token)
	}
	return string(q.out)
}

func isValue(word string) bool {
	return strings.EqualFold(word, "NULL") || strings.EqualFold(word, "TRUE") || strings.EqualFold(word, "FALSE")
}

func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// quoted is the length of a text in the quotes that s begins with; a doubled
// quote and what follows a backslash belong to it.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] != '`':
			i++
		case s[i] == s[0]:
			if i+1 < len(s) && s[i+1] == s[0] {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// dollar reads $1, $name$ text $name$, or a lone sign.
func dollar(s string) (n int, token string) {
	n = 1
	for n < len(s) && (s[n] == '_' || letter(s[n:]) || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	if n < len(s) && s[n] == '$' {
		tag := s[:n+1]
		return n + 1 + upTo(s[n+1:], tag), "?"
	}
	if n > 1 && s[1] >= '0' && s[1] <= '9' {
		return n, "?"
	}
	return n, s[:n]
}

// number is the length of a number at the start of s, or 0. A sign belongs to it
// where no value comes before.
func number(s, last string) int {
	i := 0
	if s[0] == '-' || s[0] == '+' {
		if last != "=" && last != "(" && last != "," && last != "?," && !compares(last) && !strings.EqualFold(last, "LIMIT") {
			return 0
		}
		i++
	}
	digits := 0
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.', digits > 0 && (c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == 'x' || c == 'X'):
		case digits > 0 && (c == '-' || c == '+') && (s[i-1] == 'e' || s[i-1] == 'E'):
		default:
			if digits == 0 {
				return 0
			}
			return i
		}
	}
	if digits == 0 {
		return 0
	}
	return i
}

func letter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// word is the length of a name with its dots; at least one byte.
func word(s string) int {
	i := 0
	for i < len(s) && (s[i] == '@' || s[i] == ':') && i < 2 {
		i++
	}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != '_' && r != '$' && r != '.' && r != '#' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		i += size
	}
	return max(i, 1)
}

func operator(s string) int {
	for _, op := range []string{"->>", "#>>", "<=>", "->", "#>", "::", ":=", "!=", "<>", "<=", ">=", "==", "@>", "<@", "&&", "!~", "~*"} {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
