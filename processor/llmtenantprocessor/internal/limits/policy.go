package limits

import "time"

// Unit is what a rate counts.
type Unit int

// Units. A request has items of one of the first three, and bytes.
const (
	Spans Unit = iota
	LogRecords
	DataPoints
	Bytes
	units
)

// String is the unit as settings and answers spell it.
func (u Unit) String() string {
	return [units]string{"spans", "log_records", "data_points", "bytes"}[u]
}

// Rates bound what may come in a second, by unit; 0 is no bound. Burst is how long a sender may have been quiet and make up for it
// at once: a bucket holds what comes in that time.
type Rates struct {
	PerSecond [units]int64
	Burst     time.Duration
}

func (r *Rates) any() bool { return r.PerSecond != [units]int64{} }

// Policy is what one tenant may do.
type Policy struct {
	// Tenant bounds all keys of the tenant together, Key each of them.
	Tenant, Key Rates
	// Weight is the tenant's part of what may be in flight, relative to others; 0 is 1.
	Weight int
}

// Demand is one request. Bytes may be 0 where Measured says that nobody asks for them.
type Demand struct {
	Unit         Unit
	Items, Bytes int
}

// of is how much of a unit a request has.
func (d Demand) of(u Unit) int64 {
	switch u {
	case d.Unit:
		return int64(d.Items)
	case Bytes:
		return int64(d.Bytes)
	}
	return 0
}
