package syntax

// Blocks are the lists of statements of a node.
func Blocks(n Node) [][]Stmt {
	switch n := n.(type) {
	case *FunctionDef:
		return [][]Stmt{n.Body}
	case *ClassDef:
		return [][]Stmt{n.Body}
	case *For:
		return [][]Stmt{n.Body, n.Orelse}
	case *While:
		return [][]Stmt{n.Body, n.Orelse}
	case *If:
		return [][]Stmt{n.Body, n.Orelse}
	case *With:
		return [][]Stmt{n.Body}
	case *Try:
		return [][]Stmt{n.Body, n.Orelse, n.Final}
	case *ExceptHandler:
		return [][]Stmt{n.Body}
	case *MatchCase:
		return [][]Stmt{n.Body}
	}
	return nil
}
