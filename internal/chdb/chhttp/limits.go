package chhttp

import (
	"math"
	"strconv"
)

// caps are the limits as ClickHouse settings.
func (l Limits) caps() map[string]int64 {
	caps := map[string]int64{
		"max_execution_time": int64(math.Ceil(l.Time.Seconds())),
		"max_memory_usage":   l.Memory,
		"max_result_rows":    l.ResultRows,
		"max_result_bytes":   l.ResultBytes,
	}
	for name, limit := range caps {
		if limit <= 0 {
			delete(caps, name)
		}
	}
	return caps
}

// clamp lowers what a request asks for to the caps, and puts the cap where it
// asks for nothing or for no limit. It does not refuse, because drivers turn
// the deadline of their context into max_execution_time by themselves.
func clamp(settings map[string]string, caps map[string]int64) {
	for name, limit := range caps {
		asked, err := strconv.ParseFloat(settings[name], 64)
		if settings[name] != "" && err != nil {
			continue // the engine says what is wrong with it
		}
		if asked <= 0 || asked > float64(limit) {
			settings[name] = strconv.FormatInt(limit, 10)
		}
	}
}
