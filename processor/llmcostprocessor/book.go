package llmcostprocessor

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/pricing/live"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

// oldBook is the age from which a price book is likely to be wrong somewhere: vendors change a price every few weeks.
const oldBook = 30 * 24 * time.Hour

// openPrices opens the built-in price book, corrected by the user's files, and lets it follow them.
func (p *costProcessor) openPrices() error {
	prices, err := live.Open(p.cfg.Prices, p.cfg.PricesReloadInterval, p.logger)
	if err != nil {
		return err
	}
	if err := observePrices(p.telemetry, prices, p.now); err != nil {
		return err
	}
	if book := prices.Book(); book.Age(p.now()) > oldBook {
		p.logger.Warn("The built-in prices are old and may have changed since. Install a newer release, or run `watchllmctl prices update` "+
			"and build again; a price file of your own (llm_cost, prices) corrects single models until then.",
			zap.String("read", book.ReadOn().Format(time.DateOnly)), zap.Int("days", int(book.Age(p.now())/(24*time.Hour))))
	}
	prices.Start()
	p.pricer, p.prices = prices, prices
	return nil
}

// observePrices reports the age of the book and what became of changed files.
func observePrices(telemetry *metadata.TelemetryBuilder, prices *live.Prices, now func() time.Time) error {
	loaded := metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "loaded")))
	refused := metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "refused")))
	return errors.Join(
		telemetry.RegisterProcessorLlmCostBookAgeCallback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(prices.Book().Age(now()) / time.Second))
			return nil
		}),
		telemetry.RegisterProcessorLlmCostBookReloadsCallback(func(_ context.Context, o metric.Int64Observer) error {
			stats := prices.Stats()
			o.Observe(stats.Loaded, loaded)
			o.Observe(stats.Refused, refused)
			return nil
		}),
	)
}
