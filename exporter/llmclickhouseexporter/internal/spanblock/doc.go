// Package spanblock turns spans into one block of ClickHouse's Native format, column by column.
package spanblock
