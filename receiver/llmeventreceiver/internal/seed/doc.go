// Package seed reads version 0 of the contract: the API of the original service, whose clients still send it.
package seed
