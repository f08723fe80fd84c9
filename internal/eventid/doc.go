// Package eventid derives the ids of spans that came as JSON events from the ids their senders gave the events.
package eventid
