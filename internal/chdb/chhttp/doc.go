// Package chhttp serves ClickHouse's HTTP interface over an engine that has
// none, so that drivers, curl and Grafana talk to it as to a server.
package chhttp
