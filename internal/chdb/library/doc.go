// Package library knows which libchdb this program needs, where it lies and how
// to bring it; it does not load it, so any binary may import it.
package library
