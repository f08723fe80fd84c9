// Package foreign is what the decoders of other vendors' wire formats share: the request they read and the parts of spans they make.
package foreign
