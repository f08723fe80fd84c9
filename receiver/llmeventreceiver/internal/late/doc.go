// Package late remembers events that were taken, so that fields which come later complete them.
package late
