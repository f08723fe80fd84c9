// Package pricing turns token counts and other meters of one call into an exact cost, from dated and conditional price records.
package pricing
