// Package casefile reads price cases: up to three descriptions of one call's usage, with the cost it must come to, one JSON object a line.
package casefile
