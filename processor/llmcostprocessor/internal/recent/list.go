package recent

// list is the slots in the order they were last touched.
type list struct{ oldest, newest int32 }

var emptyList = list{nowhere, nowhere}

// which of the two lists a slot is in is meant.
func inAll(s *slot) *link    { return &s.inAll }
func inTenant(s *slot) *link { return &s.inTenant }

func (l *list) append(slots *slots, at int32, of func(*slot) *link) {
	*of(slots.at(at)) = link{next: nowhere, prev: l.newest}
	if l.newest == nowhere {
		l.oldest = at
	} else {
		of(slots.at(l.newest)).next = at
	}
	l.newest = at
}

func (l *list) remove(slots *slots, at int32, of func(*slot) *link) {
	k := *of(slots.at(at))
	if k.prev == nowhere {
		l.oldest = k.next
	} else {
		of(slots.at(k.prev)).next = k.next
	}
	if k.next == nowhere {
		l.newest = k.prev
	} else {
		of(slots.at(k.next)).prev = k.prev
	}
}
