// Package limits decides how much of what a tenant and a key send may pass now.
package limits
