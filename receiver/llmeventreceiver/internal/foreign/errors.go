package foreign

import "errors"

// ErrTooLarge is for what is small on the wire and too large when inflated.
var ErrTooLarge = errors.New("the body is too large when inflated")
