// Package jsontree reads untrusted JSON into a flat tree with bounds on depth and size, keeping the source text of every value.
package jsontree
