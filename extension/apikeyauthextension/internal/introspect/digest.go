package introspect

import "crypto/sha256"

// digest stands for a token in memory. It is salted with a secret of the process, so that nobody can choose
// tokens whose digests say something by the time it takes to look them up.
type digest [sha256.Size]byte
