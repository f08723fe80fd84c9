package imports

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadAssigned(t *testing.T) {
	const module = `"""Docs with providers = [not this]"""
from .types import *
providers_list = 1

providers: list[Provider] = [  # a comment, with ]
    Provider(
        id='a', pattern=r,
        text='one '
        "two\n\x41é \'q\' \d",
        many={'k': 'v', 'n': -1.5e-07},
        one=(1_000,), none=None, when=datetime.date(2026, 8, 17),
        price=Decimal('0.25'),
    ),
]
`
	v, err := readAssigned(module, "providers")
	require.NoError(t, err)
	list := v.([]pyValue)
	require.Len(t, list, 1)
	call := list[0].(*pyCall)
	assert.Equal(t, "Provider", call.name)
	assert.Equal(t, "one two\nAé 'q' \\d", call.named["text"])
	assert.Equal(t, map[string]pyValue{"k": "v", "n": pyNumber("-1.5e-07")}, call.named["many"])
	assert.Equal(t, []pyValue{pyNumber("1000")}, call.named["one"])
	assert.Equal(t, pyName("None"), call.named["none"])
	assert.Equal(t, "2026-08-17", pyDate(call.named["when"]))
	p, err := pyDecimal(call.named["price"])
	require.NoError(t, err)
	assert.Equal(t, "0.25", decimal(p))
}

func TestReadAssignedRefuses(t *testing.T) {
	for name, module := range map[string]string{
		"no assignment":  "\nother = 1",
		"end of file":    "\nproviders = [",
		"open string":    "\nproviders = ['a\n']",
		"no comma":       "\nproviders = ['a' 1]",
		"an expression":  "\nproviders = [1 if x else 2]",
		"a key":          "\nproviders = {1: 2}",
		"an operator":    "\nproviders = *x",
		"open call":      "\nproviders = F(a=1",
		"not a rune":     "\nproviders = '\\uZZZZ'",
		"a cut off rune": "\nproviders = '\\u00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAssigned(module, "providers")
			assert.Error(t, err)
		})
	}
}

func FuzzReadAssigned(f *testing.F) {
	f.Add("[Provider(id='a', x=[1, {'a': None}], y=(Decimal('1'),))]")
	f.Add(`'\x4`)
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = readAssigned("\nproviders = "+text, "providers")
	})
}
