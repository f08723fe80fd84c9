// Package rerate prices stored calls again and keeps the ledger of what was found: booked costs stay, corrections are appended.
package rerate
