package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// shownKey is what --json says of a key; nothing in it is secret.
type shownKey struct {
	ID        string         `json:"id"`
	State     apikey.State   `json:"state"`
	Tenant    string         `json:"tenant"`
	Project   string         `json:"project"`
	Roles     []tenancy.Role `json:"roles"`
	Plan      string         `json:"plan,omitempty"`
	Name      string         `json:"name,omitempty"`
	CreatedAt time.Time      `json:"created_at,omitzero"`
	ExpiresAt time.Time      `json:"expires_at,omitzero"`
	RevokedAt time.Time      `json:"revoked_at,omitzero"`
	// LastUsedAt is missing where no use was seen.
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	ReplacedBy string    `json:"replaced_by,omitempty"`
}

// madeKey is what --json says of a key that was just made: the key itself, or the file that holds it.
type madeKey struct {
	Key  string `json:"key,omitempty"`
	File string `json:"file,omitempty"`
	shownKey
	Replaces *shownKey `json:"replaces,omitempty"`
}

func showKey(r apikey.Record, now time.Time) shownKey {
	return shownKey{
		ID: r.ID, State: r.State(now), Tenant: r.Tenant, Project: r.Project, Roles: r.Roles, Plan: r.Plan, Name: r.Name,
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, RevokedAt: r.RevokedAt, ReplacedBy: r.ReplacedBy,
	}
}

func newKeysListCommand(flags *keysFlags) *cobra.Command {
	var tenant, lastUsed string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := apikey.Load(flags.file)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s does not exist: there are no keys yet; `watchllmctl keys create` makes the first", flags.file)
			}
			if err != nil {
				return err
			}
			if lastUsed == "" {
				lastUsed = apikey.UsageFile(flags.file)
			}
			used, err := apikey.LoadUsage(lastUsed)
			if err != nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "It is not known when keys were last used:", err)
			}
			now := time.Now()
			keys := make([]shownKey, 0, len(records))
			for _, r := range records {
				if tenant != "" && r.Tenant != tenant {
					continue
				}
				k := showKey(r, now)
				k.LastUsedAt = used[r.ID]
				keys = append(keys, k)
			}
			if flags.json {
				return printJSON(cmd.OutOrStdout(), keys)
			}
			return printKeys(cmd.OutOrStdout(), keys)
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "show only this tenant's keys")
	cmd.Flags().StringVar(&lastUsed, "last-used-file", "", "the collector's last_used::file, if it is not beside the keys file")
	return cmd
}

func printKeys(out io.Writer, keys []shownKey) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tTENANT\tPROJECT\tROLES\tCREATED\tENDS\tLAST USED\tNAME")
	for _, k := range keys {
		ends := k.ExpiresAt
		if k.State == apikey.StateRevoked {
			ends = k.RevokedAt
		}
		used := "not seen"
		if !k.LastUsedAt.IsZero() {
			used = showTime(k.LastUsedAt)
		}
		name := "-"
		if k.Name != "" {
			name = printable(k.Name)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.State, k.Tenant, k.Project, joinRoles(k.Roles), showTime(k.CreatedAt), showTime(ends), used, name)
	}
	return w.Flush()
}
