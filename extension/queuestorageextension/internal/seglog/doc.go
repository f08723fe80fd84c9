// Package seglog keeps keys and values in files that are only appended to, and deletes a file when all in it is over.
package seglog
