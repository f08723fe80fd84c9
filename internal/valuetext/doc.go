// Package valuetext writes attribute values as text, in time that no sender can stretch.
package valuetext
