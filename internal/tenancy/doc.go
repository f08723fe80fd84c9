// Package tenancy carries an authenticated identity in a context and on a resource.
package tenancy
