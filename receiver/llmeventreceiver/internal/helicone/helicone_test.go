package helicone

import (
	"testing"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendortest"
)

func TestCaptures(t *testing.T) { vendortest.Captures(t, Decoder, "helicone-helpers@1.8.3") }
