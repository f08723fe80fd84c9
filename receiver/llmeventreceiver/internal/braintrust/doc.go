// Package braintrust decodes the log rows of Braintrust's clients and answers what they ask before they send any.
package braintrust
