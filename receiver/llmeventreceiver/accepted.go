package llmeventreceiver

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// Answers to requests of which something was taken, one for each form.
type (
	seedSingle struct {
		Status  string `json:"status"`
		EventID string `json:"eventId"`
		Message string `json:"message"`
	}
	seedBatch struct {
		Status   string             `json:"status"`
		Count    int                `json:"count"`
		EventIDs []string           `json:"event_ids"`
		Message  string             `json:"message"`
		Rejected []*event.Rejection `json:"rejected,omitempty"`
	}
	nativeAnswer struct {
		Accepted   int                `json:"accepted"`
		Duplicates int                `json:"duplicates"`
		Rejected   []*event.Rejection `json:"rejected"`
	}
)

// accepted is the answer in the form of the request. ids are those of every event that was taken, repeats included and late
// fields not.
func (in *request) accepted(ids []string, duplicates int, path string) any {
	switch {
	case in.form.single && in.form.seeds == 1:
		return seedSingle{"queued", ids[0], "Event queued for processing"}
	case in.form.natives == 0 && (in.form.seeds > 0 || path == "/api/v1/events/batch"):
		return seedBatch{"queued", len(ids), ids, fmt.Sprintf("%d events queued for processing", len(ids)), in.rejected}
	}
	if in.rejected == nil {
		in.rejected = []*event.Rejection{}
	}
	return nativeAnswer{len(ids) + in.merged - duplicates, duplicates, in.rejected}
}

// nothingTaken answers when every event was wrong.
func nothingTaken(in *request) *problem {
	first := in.rejected[0]
	p := &problem{
		Status: http.StatusUnprocessableEntity, Code: first.Code, Field: first.Field, Detail: first.Message,
		Rejected: in.rejected, Accepted: new(int), Duplicates: new(int),
	}
	if first.Field != "" {
		p.Detail = first.Field + ": " + first.Message
	}
	if len(in.rejected) > 1 {
		p.Detail = fmt.Sprintf("none of the %d events could be taken; the first: %s", len(in.rejected), p.Detail)
	}
	if !slices.ContainsFunc(in.rejected, func(r *event.Rejection) bool { return r.Code != codeUnsupportedSchema }) {
		p.Status, p.Supported = http.StatusBadRequest, schemas
	}
	return p
}
