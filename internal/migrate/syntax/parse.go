package syntax

// Parse reads a whole file. The error is an *Error.
func Parse(text []byte) (*Module, error) {
	return nil, &Error{Offset: 0, Message: "not yet"}
}

// Tokens returns the words of a whole file, comments and ends of lines included. The error is
// an *Error; the tokens before it are returned with it.
func Tokens(text []byte) ([]Token, error) {
	return nil, &Error{Offset: 0, Message: "not yet"}
}
