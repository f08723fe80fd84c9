// Package vendortest feeds recorded and made-up requests of other vendors' clients through a decoder, the assembler and the readers,
// and adds up what comes out.
package vendortest
