// Package seen remembers which events were taken lately, so that a repeat is called one.
package seen
