package costing

import (
	"math/big"
	"strings"
)

// evaluate works out a sum as Explanations write it: decimals, +, *, / and brackets. ok is false for anything else.
func evaluate(text string) (value *big.Rat, ok bool) {
	p := &sumParser{rest: strings.ReplaceAll(text, " ", "")}
	value = p.sum()
	return value, !p.failed && p.rest == ""
}

type sumParser struct {
	rest   string
	failed bool
}

// next takes one of the given characters, or returns 0.
func (p *sumParser) next(of string) byte {
	if p.rest == "" || !strings.Contains(of, p.rest[:1]) {
		return 0
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

func (p *sumParser) sum() *big.Rat {
	total := p.product()
	for {
		switch p.next("+-") {
		case '+':
			total.Add(total, p.product())
		case '-':
			total.Sub(total, p.product())
		default:
			return total
		}
	}
}

func (p *sumParser) product() *big.Rat {
	value := p.factor()
	for {
		switch p.next("*/") {
		case '*':
			value.Mul(value, p.factor())
		case '/':
			by := p.factor()
			if by.Sign() == 0 {
				p.failed = true
				return value
			}
			value.Quo(value, by)
		default:
			return value
		}
	}
}

func (p *sumParser) factor() *big.Rat {
	if p.next("(") != 0 {
		inner := p.sum()
		p.failed = p.failed || p.next(")") == 0
		return inner
	}
	end := 0
	for end < len(p.rest) && strings.IndexByte("0123456789.", p.rest[end]) >= 0 {
		end++
	}
	number, ok := new(big.Rat).SetString(p.rest[:end])
	p.rest = p.rest[end:]
	if !ok {
		p.failed = true
		return new(big.Rat)
	}
	return number
}
