package braintrust

import (
	"testing"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "braintrust@3.35.0") }
