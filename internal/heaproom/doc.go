// Package heaproom bounds the garbage that a process collects late, so that a burst takes less memory than what is alive takes twice.
package heaproom
