package pricing

// currencyUSD is the currency of every price in the book.
const currencyUSD = "USD"

// A bill is a call's usage set out against the card that prices it: everything the arithmetic needs and nothing else.
type bill struct {
	model    *model
	period   *period
	card     *card
	band     *band
	rates    *rates
	factor   uint64      // of token prices, ten-thousandths
	tenant   *tenantRule // of the whole amount; nil when the tenant pays what the book says
	counts   [unitCount]int64
	charged  unitSet // units with a positive count and a price
	known    [sideCount]bool
	unpriced unitSet
	assumed  assumption
}

// Price is what the call cost. It does not allocate once the names of the call have been met before.
func (b *Book) Price(c *Call) Result {
	res := b.resolve(c)
	rule := b.tenantRule(c, res)
	if c.billed() {
		return b.billed(c, res, rule)
	}
	r := b.compute(c, res, rule)
	r.Computed = r.Amount
	return r
}

// billed is a call whose price the provider itself said. A tenant's factor holds for both figures or for neither, so that their
// difference is always that of the provider and the book.
func (b *Book) billed(c *Call, res *resolution, rule *tenantRule) Result {
	if rule != nil && !rule.bills {
		rule = nil
	}
	r := Result{Status: StatusProviderReported, Amount: c.Reported.Amount, Currency: orUSD(c.Reported.Currency)}
	if rule != nil {
		r.Amount, r.PriceID = rule.factor.of(r.Amount), rule.factor.bill
		if !r.Amount.Known {
			return Result{Status: StatusPartial, Unpriced: overflowed}
		}
	}
	computed := b.compute(c, res, rule)
	r.Computed = computed.Amount
	return r
}

func orUSD(currency string) string {
	if currency == "" {
		return currencyUSD
	}
	return currency
}

func (b *Book) compute(c *Call, res *resolution, rule *tenantRule) Result {
	if res.local {
		return Result{Status: StatusLocal, Amount: USD(0), Currency: currencyUSD}
	}
	if res.model == nil {
		return Result{Status: StatusUnknownModel}
	}
	if !c.Usage.Any() {
		return Result{Status: StatusNoUsage}
	}
	var l bill
	l.fill(b, c, res)
	l.tenant = rule
	r := Result{
		PriceID: l.period.id, PriceSource: l.period.source, EffectiveFrom: l.period.fromText[:min(len(l.period.fromText), len("2006-01-02"))],
		Currency: currencyUSD, assumed: l.assumed,
	}
	if rule != nil {
		r.PriceID = rule.factor.idOf(l.period)
	}
	var ok bool
	if r.Amount, r.Components, ok = l.sum(); !ok {
		r.Currency, r.Unpriced, r.Status = "", overflowed, StatusPartial
		return r
	}
	r.Unpriced = l.unpriced.names()
	switch {
	case l.unpriced != 0:
		r.Status = StatusPartial
	case l.model.free:
		r.Status = StatusFree
	case l.assumed != 0:
		r.Status = StatusAssumed
	default:
		r.Status = StatusExact
	}
	if l.assumed != 0 {
		r.Assumed = l.assumed.statusText()[len(assumedPrefix):]
	}
	return r
}

// billOf is the bill behind the book's own figure for a call; ok is false when the book has none, or nothing to count.
func (b *Book) billOf(c *Call) (l bill, ok bool) {
	res := b.resolve(c)
	if res.model == nil || !c.Usage.Any() {
		return l, false
	}
	l.fill(b, c, res)
	if l.tenant = b.tenantRule(c, res); l.tenant != nil && c.billed() && !l.tenant.bills {
		l.tenant = nil
	}
	return l, true
}

// overflowed stands in Unpriced when the counts of a call are beyond any price.
var overflowed = []string{"overflow"}

// Any reports whether the provider said anything at all about what was used.
func (u *Usage) Any() bool {
	return u.Input.Known || u.Output.Known || u.metered()
}

// fill chooses the rates of a call and sorts its usage into units.
func (l *bill) fill(b *Book, c *Call, res *resolution) {
	l.model, l.assumed = res.model, res.assumed|res.model.assume
	var a assumption
	l.period, a = l.model.at(c.Time, b.asOf)
	l.assumed |= a

	f := factsOf(c)
	for i := range l.period.cards {
		l.card = &l.period.cards[i]
		match, doubt := l.card.when.match(&f)
		if l.assumed |= doubt; match {
			break
		}
	}
	if !l.model.free {
		l.assumed |= l.model.missed(&l.card.when, &f)
		if f.asked != 0 && l.period.prices(f.asked) {
			l.assumed |= assumeServiceTier
		}
	}
	l.rates = &l.card.base
	for i := range l.card.bands {
		bd := &l.card.bands[i]
		if bd.promptOf(&c.Usage) >= bd.min {
			l.band, l.rates = bd, &bd.rates
			break
		}
	}
	region := res.region
	if c.Region != "" && (region == "" || region == regionalEndpoint) {
		region = c.Region
	}
	l.factor, a = l.model.region.factorFor(region)
	l.assumed |= a

	l.input(&c.Usage)
	l.output(&c.Usage)
	l.fees(&c.Usage)
	if c.SearchContext != "" {
		l.assumed &^= assumeSearchContext
	}
	for i := range l.card.doubts {
		if d := &l.card.doubts[i]; d.of == 0 || d.of&l.charged != 0 {
			l.assumed |= d.assume
		}
	}
}

func (bd *band) promptOf(u *Usage) int64 {
	n := u.Input.positive()
	if bd.uncached {
		n -= min(n, u.CacheRead.positive())
	}
	return n
}

// charge books a count under a unit, or under the unit's stand-in when it has no price of its own.
func (l *bill) charge(u unit, n int64) {
	if n <= 0 {
		return
	}
	if !l.rates.has.has(u) {
		l.unpriced.add(u)
		return
	}
	l.counts[u] += n
	l.charged.add(u)
}

// split takes a part off what is left of a whole.
func (l *bill) split(rest *int64, part int64) int64 {
	if part > *rest {
		l.assumed |= assumeUsageOverlap
		part = *rest
	}
	*rest -= part
	return part
}

func (l *bill) input(u *Usage) {
	if !u.Input.Known || u.Input.N < 0 {
		if l.rates.has.has(unitInput) {
			l.unpriced.add(unitInput)
		}
		return
	}
	l.known[sideInput] = true
	l.known[sideCacheRead], l.known[sideCacheWrite] = u.CacheRead.Known, u.CacheWrite.Known || u.CacheWrite5m.Known || u.CacheWrite1h.Known
	rest := u.Input.N

	read := l.split(&rest, u.CacheRead.positive())
	if audio := min(u.AudioCacheRead.positive(), read); audio > 0 && l.rates.has.has(unitAudioCacheRead) {
		l.charge(unitAudioCacheRead, audio)
		read -= audio
	}
	if image := min(u.ImageCacheRead.positive(), read); image > 0 && l.rates.has.has(unitImageCacheRead) {
		l.charge(unitImageCacheRead, image)
		read -= image
	}
	l.cached(unitCacheRead, read)

	short, long := u.CacheWrite5m.positive(), u.CacheWrite1h.positive()
	unstated := u.CacheWrite.positive()
	unstated -= min(unstated, short)
	unstated -= min(unstated, long)
	l.write(&rest, unitCacheWrite1h, long)
	l.write(&rest, unitCacheWrite5m, short)
	if unstated > 0 {
		l.write(&rest, unitCacheWrite5m, unstated)
		if l.rates.has.has(unitCacheWrite1h) {
			l.assumed |= assumeCacheWriteTTL
		}
	}

	audio := u.AudioInput.positive() - min(u.AudioInput.positive(), u.AudioCacheRead.positive())
	if audio > 0 {
		l.charge(unitAudioInput, l.split(&rest, audio))
	}
	// Pictures and video are ordinary input unless the list prices them apart.
	if l.rates.has.has(unitImageInput) {
		l.charge(unitImageInput, l.split(&rest, u.ImageInput.positive()-min(u.ImageInput.positive(), u.ImageCacheRead.positive())))
	}
	if l.rates.has.has(unitVideoInput) {
		l.charge(unitVideoInput, l.split(&rest, u.VideoInput.positive()))
	}
	l.charge(unitInput, rest)
}

func (l *bill) write(rest *int64, u unit, n int64) {
	if n <= 0 {
		return
	}
	n = l.split(rest, n)
	if u == unitCacheWrite1h && !l.rates.has.has(u) {
		u = unitCacheWrite5m
		l.assumed |= assumeCacheWriteTTL
	}
	l.cached(u, n)
}

// cached books cached tokens: at the price of plain input when the list has none for them.
func (l *bill) cached(u unit, n int64) {
	if n > 0 && !l.rates.has.has(u) && l.rates.has.has(unitInput) {
		l.assumed |= assumeNoCachePrice
		l.counts[u] += n
		l.charged.add(u)
		return
	}
	l.charge(u, n)
}

func (l *bill) output(u *Usage) {
	if !u.Output.Known || u.Output.N < 0 {
		if l.rates.has.has(unitOutput) {
			l.unpriced.add(unitOutput)
		}
		return
	}
	l.known[sideOutput] = true
	rest := u.Output.N
	if l.rates.has.has(unitReasoning) {
		l.charge(unitReasoning, l.split(&rest, u.Reasoning.positive()))
	}
	if l.rates.has.has(unitCitation) {
		l.charge(unitCitation, l.split(&rest, u.Citation.positive()))
	}
	l.charge(unitAudioOutput, l.split(&rest, u.AudioOutput.positive()))
	l.charge(unitImageOutput, l.split(&rest, u.ImageOutput.positive()))
	l.charge(unitOutput, rest)
}

func (l *bill) fees(u *Usage) {
	if u.metered() {
		l.meters(u)
	}
	if l.rates.has.has(unitRequest) {
		l.charge(unitRequest, 1)
	}
	l.known[sideFees] = l.charged&^tokenUnits != 0
	if l.known[sideFees] {
		l.assumed |= l.model.feesAssume
	}
}

func (l *bill) meters(u *Usage) {
	for i := range meters {
		m := &meters[i]
		n := m.of(u).positive()
		switch {
		case n == 0:
			continue
		case l.model.once.has(m.unit):
			n = 1
		case m.unit == unitMillisecond:
			n = max(n, l.model.minMillis)
		}
		l.charge(m.unit, n)
	}
}

// priceOf is the price a unit was charged at.
func (l *bill) priceOf(u unit) int64 {
	if !l.rates.has.has(u) {
		u = unitInput // cached tokens without a price of their own
	}
	return l.rates.pico[u]
}

// sum adds the bill up exactly and rounds once. ok is false when the counts are beyond what an Amount holds.
func (l *bill) sum() (total Amount, parts Components, ok bool) {
	var sides [sideCount]uint128
	for rest := l.charged; rest != 0; {
		u := rest.pop()
		info := &units[u]
		cost, fits := mul64(uint64(l.counts[u]), uint64(l.priceOf(u))).mul(blockLCM / info.per) //nolint:gosec // both are positive
		if !fits {
			return Amount{}, Components{}, false
		}
		by := uint64(noFactor)
		if info.side != sideFees {
			by = l.factor
		}
		if cost, fits = cost.mul(by); !fits {
			return Amount{}, Components{}, false
		}
		if sides[info.side], fits = sides[info.side].add(cost); !fits {
			return Amount{}, Components{}, false
		}
	}
	div := uint64(blockLCM * noFactor)
	if l.tenant != nil {
		div *= noFactor
	}
	var all uint128
	for s := range sides {
		if l.tenant != nil {
			if sides[s], ok = sides[s].mul(l.tenant.factor.times); !ok {
				return Amount{}, Components{}, false
			}
		}
		if all, ok = all.add(sides[s]); !ok {
			return Amount{}, Components{}, false
		}
	}
	pico, ok := all.divRound(div)
	if !ok {
		return Amount{}, Components{}, false
	}
	into := [sideCount]*Amount{&parts.Input, &parts.CacheRead, &parts.CacheWrite, &parts.Output, &parts.Fees}
	for s := range sides {
		if l.known[s] {
			part, _ := sides[s].divRound(div) // no part is above the whole
			*into[s] = USD(part)
		}
	}
	return USD(pico), parts, true
}
