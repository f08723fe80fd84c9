package foreign

import (
	"bytes"
	"testing"
	"time"
)

// FuzzStoredPart reads anything as a part that was kept over a restart: what can be read is kept the same way again, and is read the
// same from that.
func FuzzStoredPart(f *testing.F) {
	p := NewPart()
	p.ID, p.TraceID, p.ParentID, p.Name, p.Opens, p.Order = "1", "t", "0", "chat", true, 7
	p.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	p.Attributes.PutStr("a", "b")
	p.Resource.PutInt("c", 1)
	p.RootOnly.PutEmptySlice("d").AppendEmpty().SetDouble(0.5)
	body, err := content(&p)
	if err != nil {
		f.Fatal(err)
	}
	whole, err := encodePart("langfuse", nil, &p, body, p.Start)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"vendor":7}` + "\n" + string(body)))
	f.Fuzz(func(t *testing.T, data []byte) {
		head, part, _, err := decodePart(data)
		if err != nil {
			return
		}
		body, err := content(&part)
		if err != nil {
			t.Fatal(err)
		}
		again, err := encodePart(head.Vendor, head.Identity, &part, body, head.Received)
		if err != nil { // a year that JSON has no form for
			return
		}
		head2, part2, body2, err := decodePart(again)
		if err != nil {
			t.Fatalf("%q was kept as %q: %v", data, again, err)
		}
		if !bytes.Equal(body, body2) || head2.ID != head.ID || head2.Vendor != head.Vendor || part2.Name != part.Name ||
			part2.Opens != part.Opens || part2.Order != part.Order || !part2.Start.Equal(part.Start) {
			t.Fatalf("%+v became %+v", part, part2)
		}
	})
}
