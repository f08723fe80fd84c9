// Package inflight bounds the memory of bodies that are read and decoded at the same time.
package inflight
