// Package split cuts a recorded request in a vendor's own format into requests of one record each, as a client that sends every record
// at once would have sent them.
package split
