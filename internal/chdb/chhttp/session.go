package chhttp

import (
	"maps"
	"slices"
	"strings"
)

// session is an engine connection and what was last set on it, so that the next
// request pays only for what differs.
type session struct {
	Conn
	database string
	settings map[string]string
	spent    bool // must not serve another request
}

// prepare brings the connection to the database and settings of a request:
// what the last request set and this one does not goes back to its default.
func (s *session) prepare(database string, settings map[string]string) error {
	if database != s.database {
		if err := s.Exec("USE "+quoteName(database), "Null", nil, nil); err != nil {
			return err
		}
		s.database = database
	}
	changes := s.changes(settings)
	if len(changes) == 0 {
		return nil
	}
	// Once readonly, a connection takes no further SET.
	s.spent = s.spent || settings["readonly"] != "" && settings["readonly"] != "0"
	if err := s.Exec("SET "+strings.Join(changes, ", "), "Null", nil, nil); err != nil {
		s.spent = true
		return err
	}
	s.settings = maps.Clone(settings)
	return nil
}

func (s *session) changes(want map[string]string) []string {
	var changes []string
	for name, value := range want {
		if have, set := s.settings[name]; !set || have != value {
			changes = append(changes, quoteName(name)+" = "+quoteText(value))
		}
	}
	for name := range s.settings {
		if _, stays := want[name]; !stays {
			changes = append(changes, quoteName(name)+" = DEFAULT")
		}
	}
	slices.Sort(changes)
	return changes
}
