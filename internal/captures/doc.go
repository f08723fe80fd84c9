// Package captures is the form of a folder of recorded client telemetry: its index and what each case says.
package captures
