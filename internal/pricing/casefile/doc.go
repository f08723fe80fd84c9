// Package casefile reads price cases: usage with the cost it must come to, one JSON object a line.
package casefile
