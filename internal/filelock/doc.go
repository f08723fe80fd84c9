// Package filelock keeps two processes from the same files, and new files from a power loss.
package filelock
