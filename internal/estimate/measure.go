package estimate

// rates is how many tokens the parts of a text make in the baseline, OpenAI's o200k_base. docs/estimates.md says how they were found.
var rates = struct{ words, long, numbers, clauses, breaks, letters, han, kana, hangul, other, symbols float64 }{
	words: 1.02, long: 0.41, numbers: 1.24, clauses: 0.79, breaks: 1.17,
	letters: 0.40, han: 0.93, kana: 0.59, hangul: 0.75, other: 0.38, symbols: 0.45,
}

// latin is the profile's tokens in ASCII, beyond those in the other alphabets and scripts that much is written in, and rare the rest.
func (p *Profile) latin() float64 {
	r := &rates
	return r.words*float64(p.Words) + r.long*float64(p.Long) + r.numbers*float64(p.Numbers) + r.clauses*float64(p.Clauses) + r.breaks*float64(p.Breaks)
}

func (p *Profile) beyond() float64 {
	r := &rates
	return r.letters*float64(p.Letters) + r.han*float64(p.Han) + r.kana*float64(p.Kana) + r.hangul*float64(p.Hangul)
}

func (p *Profile) rare() float64 {
	return rates.other*float64(p.Other) + rates.symbols*float64(p.Symbols)
}

// tokens is how many tokens of the family a text has.
func (f *family) tokens(p *Profile) span {
	return f.text.by(p.latin()).plus(f.beyond.by(p.beyond())).plus(f.rare.by(p.rare()))
}

// measure is a side by what its texts are made of.
func (f *family) measure(s *side) amounts {
	texts := func(list []string) span {
		var all Profile
		for _, text := range list {
			p := Measure(text)
			all.Add(&p)
		}
		return f.tokens(&all)
	}
	return s.amounts(texts(s.said), texts(s.thoughts), texts(s.tools))
}

func (s *side) amounts(said, thoughts, tools span) amounts {
	return amounts{
		said: said, thoughts: thoughts, tools: tools,
		messages: float64(s.messages), calls: float64(s.calls), results: float64(s.results), definitions: float64(s.definitions),
	}
}

// counter is how a side is counted: by the model's own tokenizer where there is one and the texts are short enough for it.
func (f *family) counter(model string, short bool) (func(*side) amounts, string) {
	if short {
		if name := encodingOf(f, model); name != "" {
			if e := encoding(name); e != nil {
				return func(s *side) amounts { return e.count(s) }, name
			}
		}
	}
	return f.measure, "bytes_per_token/" + f.name
}
