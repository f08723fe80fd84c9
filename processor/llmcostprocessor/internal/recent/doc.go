// Package recent remembers the facts of spans for a while, so that spans of one call that come in different requests are seen together.
// It knows no clock: the time is passed in.
package recent
