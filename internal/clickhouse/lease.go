package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrLeased says that somebody else holds the lease.
var ErrLeased = errors.New("somebody else is at work")

const (
	// leaseStale is how long a lease is believed that is not renewed; its owner renews it about every leaseRenew.
	leaseStale = 10 * time.Minute
	leaseRenew = 30 * time.Second
	// releaseRetry is how often a lease is offered back to a server that does not answer, for as long as releasePatience.
	releaseRetry    = 250 * time.Millisecond
	releasePatience = 20 * time.Second
)

// A Lease lets one program at a time do something to a database. It is a table, which ClickHouse makes atomically, on the first of the
// servers that answers. A lease left behind by a dead program is broken after ten minutes, by the server's clock.
type Lease struct {
	conn    driver.Conn
	target  Target
	name    string
	owner   string
	renewed time.Time
}

// Acquire takes a lease; it fails with ErrLeased when somebody holds it. The owner has to be unique and is shown to whoever finds it held.
func (c ClientConfig) Acquire(ctx context.Context, name, owner string) (*Lease, error) {
	opt, err := c.options()
	if err != nil {
		return nil, err
	}
	opt.ConnOpenStrategy = inOrder
	conn, err := open(opt)
	if err != nil {
		return nil, err
	}
	l := &Lease{conn: conn, target: c.Target(), name: name, owner: owner}
	if err := l.take(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("lease %s: %w", name, err)
	}
	return l, nil
}

func (l *Lease) take(ctx context.Context) error {
	for range 2 {
		err := l.conn.Exec(ctx, "CREATE TABLE "+l.target.Table(l.name)+" (owner String) ENGINE = MergeTree ORDER BY owner COMMENT "+literal(l.owner))
		if err == nil {
			l.renewed = time.Now()
			return nil
		}
		if Code(err) != codeTableExists {
			return err
		}
		owner, age, err := l.holder(ctx)
		if err != nil {
			return err
		}
		if owner == "" {
			continue // given back since
		}
		if age <= leaseStale {
			return fmt.Errorf("%w: %s; wait until it has ended, or %s after it was killed", ErrLeased, owner, (leaseStale - age).Round(time.Second))
		}
		if err := l.drop(ctx); err != nil {
			return err
		}
	}
	return ErrLeased
}

// holder is who holds the lease, and how long ago it was renewed; "" when nobody does.
func (l *Lease) holder(ctx context.Context) (owner string, age time.Duration, err error) {
	rows, err := l.conn.Query(ctx, "SELECT comment, dateDiff('second', metadata_modification_time, now()) FROM system.tables WHERE database = "+
		literal(l.target.Database)+" AND name = "+literal(l.name))
	if err != nil {
		return "", 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var seconds int64
		if err := rows.Scan(&owner, &seconds); err != nil {
			return "", 0, err
		}
		age = time.Duration(seconds) * time.Second
	}
	return owner, age, rows.Err()
}

// Hold makes sure that the lease is still its owner's, and renews it when it is time. Call it before everything that the lease protects.
func (l *Lease) Hold(ctx context.Context) error {
	owner, _, err := l.holder(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("lease %s: %w", l.name, err)
	case owner != l.owner:
		return fmt.Errorf("lease %s: %w: it was taken from %s, which had not renewed it for %s", l.name, ErrLeased, l.owner, leaseStale)
	case time.Since(l.renewed) < leaseRenew:
		return nil
	}
	// An ALTER that changes nothing renews the time by which the table's definition was written.
	if err := l.conn.Exec(ctx, "ALTER TABLE "+l.target.Table(l.name)+" MODIFY COMMENT "+literal(l.owner)); err != nil {
		return fmt.Errorf("lease %s: %w", l.name, err)
	}
	l.renewed = time.Now()
	return nil
}

func (l *Lease) drop(ctx context.Context) error {
	return l.conn.Exec(ctx, "DROP TABLE IF EXISTS "+l.target.Table(l.name)+" SYNC")
}

// Release gives the lease back, if it is still its owner's.
func (l *Lease) Release(ctx context.Context) error {
	defer l.conn.Close()
	// The caller's context may be over, and the lease has to go all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
	defer cancel()
	for {
		owner, _, err := l.holder(ctx)
		if err == nil && owner == l.owner {
			err = l.drop(ctx)
		}
		if err == nil || Code(err) != 0 {
			return err
		}
		// No answer: a server that starts again is back in seconds, and what is left behind keeps everybody out for minutes.
		select {
		case <-ctx.Done():
			return fmt.Errorf("lease %s was not given back, and ends by itself %s after it was last renewed: %w", l.name, leaseStale, err)
		case <-time.After(releaseRetry):
		}
	}
}
