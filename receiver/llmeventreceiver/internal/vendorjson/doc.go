// Package vendorjson is what the decoders need to read records of other vendors' clients that nest deeper, name ids more freely and
// fail one by one.
package vendorjson
