// Package dedup knows which spans are stored, being stored, or in doubt, so that each becomes one row.
package dedup
