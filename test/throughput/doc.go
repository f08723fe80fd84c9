// Package throughput measures how many calls a second of a processor's time takes, by the door they come through.
package throughput
