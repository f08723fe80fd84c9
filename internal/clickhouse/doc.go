// Package clickhouse is the store's one source: its tables, columns, migrations and how to connect to it.
package clickhouse
