// Package event is what all JSON contracts have in common: reading fields, identifying events, and turning them into spans and logs.
package event
