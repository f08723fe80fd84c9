// Package contract reads the registry of the event contracts: their types, fields, and what each field becomes.
package contract
