// Package httpmount lets a component serve paths of its own on the HTTP server of another component.
package httpmount
