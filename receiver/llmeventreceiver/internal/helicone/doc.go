// Package helicone decodes what Helicone's manual logger sends: one request to a provider and the answer, as they were.
package helicone
