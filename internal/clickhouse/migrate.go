package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrSchemaNewer says that the store was migrated by a newer WatchLLM than this one.
var ErrSchemaNewer = errors.New("the store's schema is newer than this collector")

// ErrSchemaOlder says that migrations are missing and nobody was allowed to apply them.
var ErrSchemaOlder = errors.New("the store's schema is older than this collector")

// ErrSchemaChanged says that a step was applied with another text than it has here.
var ErrSchemaChanged = errors.New("the store's schema was made by another text of the same migration")

// Applied is one row of schema_migrations.
type Applied struct {
	Number   int
	Name     string
	Checksum string
}

// Migrate brings the store to SchemaVersion and returns the version it has then. It may be run by many
// collectors at once and any number of times; by is recorded as the one who applied a step.
// Its errors are worth retrying except ErrSchemaNewer and ErrSchemaChanged, which an operator has to resolve.
func Migrate(ctx context.Context, c ClientConfig, by string) (int, error) {
	m, err := newMigrator(c, by)
	if err != nil {
		return 0, err
	}
	defer m.conn.Close()
	if err := m.createDatabase(ctx); err != nil {
		return 0, fmt.Errorf("create database %s: %w", c.Database, err)
	}
	version, err := Version(ctx, m.conn, m.target)
	if err != nil || version == SchemaVersion() {
		return version, err
	}
	if err := m.exec(ctx, m.historyTable()...); err != nil {
		return version, fmt.Errorf("create %s: %w", TableMigrations, err)
	}
	unlock, err := m.lock(ctx)
	if err != nil {
		return version, err
	}
	defer unlock()
	// Somebody else may have finished while we waited.
	if version, err = Version(ctx, m.conn, m.target); err != nil {
		return version, err
	}
	all, err := Migrations()
	if err != nil {
		return version, err
	}
	for _, step := range all[version:] {
		if err := m.apply(ctx, step); err != nil {
			return version, fmt.Errorf("migration %04d_%s: %w", step.Number, step.Name, err)
		}
		version = step.Number
	}
	return version, nil
}

// Version returns the schema's version, 0 for an empty database. It fails with ErrSchemaNewer when this
// program does not know that version and with ErrSchemaChanged when a step's text differs.
func Version(ctx context.Context, conn driver.Conn, t Target) (int, error) {
	history, err := History(ctx, conn, t)
	if err != nil {
		return 0, err
	}
	all, err := Migrations()
	if err != nil {
		return 0, err
	}
	if n := len(history); n > len(all) {
		return history[n-1].Number, fmt.Errorf("%w: it is at %d (%s), this collector knows %d; run the collector that made it, or a newer one, or choose another database",
			ErrSchemaNewer, history[n-1].Number, history[n-1].Name, len(all))
	}
	for i, h := range history {
		want, err := all[i].Checksum()
		if err != nil {
			return 0, err
		}
		if h.Number != all[i].Number || h.Checksum != want {
			return h.Number, fmt.Errorf("%w: %04d_%s has checksum %s there and %s here; use the released collector that made the database %s, or another database",
				ErrSchemaChanged, h.Number, h.Name, h.Checksum, want, t.Database)
		}
	}
	return len(history), nil
}

// History lists the applied steps in order.
func History(ctx context.Context, conn driver.Conn, t Target) ([]Applied, error) {
	rows, err := conn.Query(ctx, "SELECT number, argMin(name, applied_at), argMin(checksum, applied_at) FROM "+
		t.Table(TableMigrations)+" GROUP BY number ORDER BY number")
	if err != nil {
		switch Code(err) {
		case codeUnknownTable, codeUnknownDatabase:
			return nil, nil
		}
		return nil, fmt.Errorf("read %s: %w", TableMigrations, err)
	}
	defer rows.Close()
	var out []Applied
	for rows.Next() {
		var a Applied
		var n uint32
		if err := rows.Scan(&n, &a.Name, &a.Checksum); err != nil {
			return nil, err
		}
		a.Number = int(n)
		out = append(out, a)
	}
	return out, rows.Err()
}

type migrator struct {
	conn   driver.Conn
	target Target
	by     string
}

// newMigrator connects without a database, which may not exist yet, and to one server as long as that
// answers, because the lock is a table of one server.
func newMigrator(c ClientConfig, by string) (*migrator, error) {
	opt, err := c.options()
	if err != nil {
		return nil, err
	}
	opt.Auth.Database = ""
	opt.ConnOpenStrategy = inOrder
	conn, err := open(opt)
	if err != nil {
		return nil, err
	}
	return &migrator{conn: conn, target: c.Target(), by: by}, nil
}

func (m *migrator) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if err := m.conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// createDatabase asks first: a user who may not create databases can still use one that is there.
func (m *migrator) createDatabase(ctx context.Context) error {
	var n uint64
	if err := m.conn.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = "+literal(m.target.Database)).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return nil
	}
	return m.exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quote(m.target.Database)+m.target.onCluster())
}

func (m *migrator) historyTable() []string {
	return []string{"CREATE TABLE IF NOT EXISTS " + m.target.Table(TableMigrations) + m.target.onCluster() + `
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC'),
    applied_by String
)
ENGINE = ` + m.target.globalEngine("MergeTree", TableMigrations) + `
ORDER BY number`}
}

func (m *migrator) apply(ctx context.Context, step Migration) error {
	statements, err := step.Statements(m.target)
	if err != nil {
		return err
	}
	if err := m.exec(ctx, statements...); err != nil {
		return err
	}
	sum, err := step.Checksum()
	if err != nil {
		return err
	}
	return m.exec(ctx, fmt.Sprintf("INSERT INTO %s (number, name, checksum, applied_at, applied_by) SELECT %d, %s, %s, now64(3), %s",
		m.target.Table(TableMigrations), step.Number, literal(step.Name), literal(sum), literal(m.by)))
}
