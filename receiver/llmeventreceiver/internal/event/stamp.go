package event

// Stamp is what an envelope says on each of its events.
type Stamp struct{ BatchID, SentAt, SDKName, SDKVersion string }

// On puts the stamp on an event. A client library that the event itself names counts.
func (s *Stamp) On(rec *Record) {
	rec.BatchID, rec.SentAt = s.BatchID, s.SentAt
	if rec.SDKName == "" {
		rec.SDKName, rec.SDKVersion = s.SDKName, s.SDKVersion
	}
}
