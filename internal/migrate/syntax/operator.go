package syntax

// operator reads an operator, a bracket or a delimiter that begins with c.
func (l *lexer) operator(c byte) {
	start := l.pos
	next := l.at(start + 1)
	kind, size := EndMarker, 1
	switch c {
	case '(':
		l.open(')')
		kind = opOpen
	case '[':
		l.open(']')
		kind = opOpenSquare
	case '{':
		l.open('}')
		kind = opOpenBrace
	case ')':
		l.shut(c)
		kind = opClose
	case ']':
		l.shut(c)
		kind = opCloseSquare
	case '}':
		l.shut(c)
		kind = opCloseBrace
	case ',':
		kind = opComma
	case ';':
		kind = opSemicolon
	case '~':
		kind = opTilde
	case ':':
		kind = opColon
		if next == '=' {
			kind, size = opWalrus, 2
		}
	case '.':
		kind = opDot
		if next == '.' && l.at(start+2) == '.' {
			kind, size = opEllipsis, 3
		}
	case '=':
		kind = opAssign
		if next == '=' {
			kind, size = opEqual, 2
		}
	case '!':
		kind = opBang
		if next == '=' {
			kind, size = opNotEqual, 2
		}
	case '-':
		if kind, size = l.augmentable(opMinus, 1); next == '>' {
			kind, size = opArrow, 2
		}
	case '+':
		kind, size = l.augmentable(opPlus, 1)
	case '*':
		if kind, size = l.augmentable(opStar, 1); next == '*' {
			kind, size = l.augmentable(opPower, 2)
		}
	case '/':
		if kind, size = l.augmentable(opSlash, 1); next == '/' {
			kind, size = l.augmentable(opFloor, 2)
		}
	case '%':
		kind, size = l.augmentable(opPercent, 1)
	case '@':
		kind, size = l.augmentable(opAt, 1)
	case '&':
		kind, size = l.augmentable(opAnd, 1)
	case '|':
		kind, size = l.augmentable(opOr, 1)
	case '^':
		kind, size = l.augmentable(opXor, 1)
	case '<':
		kind = opLess
		if next == '<' {
			kind, size = l.augmentable(opLeft, 2)
		} else if next == '=' {
			kind, size = opLessEqual, 2
		}
	case '>':
		kind = opGreater
		if next == '>' {
			kind, size = l.augmentable(opRight, 2)
		} else if next == '=' {
			kind, size = opGreaterEqual, 2
		}
	default:
		fail(start, "invalid character")
	}
	l.pos = start + size
	l.add(kind, start, l.pos)
}

// augmentable is the operator of that size, or its assignment: + or +=.
func (l *lexer) augmentable(kind TokenKind, size int) (TokenKind, int) {
	if l.at(l.pos+size) == '=' {
		return opAugmented, size + 1
	}
	return kind, size
}

func (l *lexer) open(closing byte) {
	if len(l.brackets) >= maxBrackets {
		fail(l.pos, "too many nested brackets")
	}
	l.brackets = append(l.brackets, closing)
}

func (l *lexer) shut(closing byte) {
	n := len(l.brackets)
	if n == 0 || l.brackets[n-1] != closing {
		fail(l.pos, "unmatched closing bracket")
	}
	l.brackets = l.brackets[:n-1]
}
