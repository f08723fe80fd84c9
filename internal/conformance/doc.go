// Package conformance compares what the store makes of recorded clients with what was true and with what their bytes allow.
package conformance
