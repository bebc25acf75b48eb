package syntax

// number reads a number. What cannot follow one is left to be refused as a token of its own:
// no rule of the grammar has a number with a name or a number after it.
func (l *lexer) number() {
	start := l.pos
	if l.src[start] == '0' {
		if digits := l.radix(l.at(start+1) | 0x20); digits != nil {
			if end := l.digits(start+2, digits, true); end > start+2 {
				l.pos = end
				l.add(NumberLiteral, start, end)
				return
			}
		}
	}
	end := l.digits(start, isDecimal, false)
	whole := end
	if l.at(end) == '.' {
		end = l.digits(end+1, isDecimal, false)
	}
	if c := l.at(end) | 0x20; c == 'e' {
		exponent := end + 1
		if sign := l.at(exponent); sign == '+' || sign == '-' {
			exponent++
		}
		if after := l.digits(exponent, isDecimal, false); after > exponent {
			end = after
		}
	}
	if l.at(end)|0x20 == 'j' {
		end++
	}
	if end == whole && l.src[start] == '0' {
		// 0777 is no number, 000 is.
		end = l.digits(start, func(c byte) bool { return c == '0' }, false)
	}
	l.pos = end
	l.add(NumberLiteral, start, end)
}

// digits returns the end of the digits at i, with single underscores between them, and
// before the first if the number has a prefix such as 0x.
func (l *lexer) digits(i int, digit func(byte) bool, prefixed bool) int {
	if prefixed && l.at(i) == '_' && digit(l.at(i+1)) {
		i++
	}
	if !digit(l.at(i)) {
		return i
	}
	for digit(l.at(i)) || l.at(i) == '_' && digit(l.at(i+1)) {
		i++
	}
	return i
}

func (l *lexer) radix(letter byte) func(byte) bool {
	switch letter {
	case 'x':
		return func(c byte) bool { return isDecimal(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
	case 'o':
		return func(c byte) bool { return c >= '0' && c <= '7' }
	case 'b':
		return func(c byte) bool { return c == '0' || c == '1' }
	}
	return nil
}

func isDecimal(c byte) bool { return c >= '0' && c <= '9' }
