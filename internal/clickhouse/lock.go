package clickhouse

import (
	"context"
	"fmt"
	"time"
)

const (
	lockTable = "schema_migrations_lock"
	// lockStale is how long a lock is believed. It is far above what a step takes, and every step is
	// idempotent, so a lock that was taken from a living owner does no harm.
	lockStale = 5 * time.Minute
	lockPoll  = 250 * time.Millisecond
)

// lock makes a table that must not exist, which ClickHouse does atomically, and returns what removes it.
// A lock left behind by a dead collector is broken after lockStale, by the server's clock.
func (m *migrator) lock(ctx context.Context) (unlock func(), err error) {
	name := m.target.Table(lockTable)
	for {
		err := m.exec(ctx, "CREATE TABLE "+name+" (owner String) ENGINE = MergeTree ORDER BY owner COMMENT "+literal(m.by))
		if err == nil {
			return func() {
				// The caller's context may be over, and the lock has to go all the same.
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
				defer cancel()
				_ = m.exec(ctx, "DROP TABLE IF EXISTS "+name+" SYNC")
			}, nil
		}
		if Code(err) != codeTableExists {
			return nil, fmt.Errorf("lock migrations: %w", err)
		}
		if err := m.breakStale(ctx); err != nil {
			return nil, fmt.Errorf("lock migrations: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another collector is migrating the store: %w", ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

func (m *migrator) breakStale(ctx context.Context) error {
	rows, err := m.conn.Query(ctx, "SELECT dateDiff('second', metadata_modification_time, now()) FROM system.tables WHERE database = "+
		literal(m.target.Database)+" AND name = "+literal(lockTable))
	if err != nil {
		return err
	}
	defer rows.Close()
	var age int64
	for rows.Next() {
		if err := rows.Scan(&age); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if time.Duration(age)*time.Second > lockStale {
		return m.exec(ctx, "DROP TABLE IF EXISTS "+m.target.Table(lockTable)+" SYNC")
	}
	return nil
}
