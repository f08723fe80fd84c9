// Package sizes finds spans, log records and attributes that are larger than they may be, and cuts them to size.
package sizes
