// Package costing prices a call the same way wherever it is found: in a pipeline, in the store, in a question of a person.
package costing
