package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const oneDay = 24 * time.Hour

func newKeysCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make, list, revoke and rotate API keys",
		Long: `Keys decide who may send and read, and as which tenant and project.
The keys file holds hashes only. A running collector reads a change within seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&file, "keys-file", filepath.Join(defaultDataDir(), "keys.yaml"), "the collector's keys file (WATCHLLM_DATA_DIR moves the default)")
	cmd.AddCommand(newKeysCreateCommand(&file), newKeysListCommand(&file), newKeysRevokeCommand(&file), newKeysRotateCommand(&file))
	return cmd
}

func newKeysCreateCommand(file *string) *cobra.Command {
	var r apikey.Record
	var roles []string
	var expires, out string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a key and show it once",
		Example: `  watchllmctl keys create --name "checkout service"
  watchllmctl keys create --tenant acme --project shop --roles ingest --expires 90d --out shop.key
  export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer $(watchllmctl keys create --roles ingest)"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			var err error
			if r.Roles, err = apikey.ParseRoles(roles); err != nil {
				return fmt.Errorf("--roles: %w", err)
			}
			if r.ExpiresAt, err = parseExpiry(expires, now); err != nil {
				return fmt.Errorf("--expires: %w", err)
			}
			if err := refuseExisting(out); err != nil {
				return err
			}
			key, rec, err := apikey.Create(*file, r, now)
			if err != nil {
				return err
			}
			note := fmt.Sprintf("Key %s for tenant %s, project %s, may %s, %s.", rec.ID, rec.Tenant, rec.Project, joinRoles(rec.Roles), keyLife(rec.ExpiresAt))
			return handOver(cmd, key, out, note)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Tenant, "tenant", tenancy.Default, "tenant the key acts for")
	f.StringVar(&r.Project, "project", tenancy.Default, "project the key acts for")
	f.StringSliceVar(&roles, "roles", []string{string(tenancy.RoleIngest), string(tenancy.RoleRead)}, "what the key may do: "+apikey.RoleNames())
	f.StringVar(&r.Name, "name", "", "where the key is used, for people")
	f.StringVar(&r.Plan, "plan", "", "plan of the tenant")
	f.StringVar(&expires, "expires", "never", "when the key ends: 90d, 720h, 2027-01-31, 2027-01-31T12:00:00Z or never")
	f.StringVar(&out, "out", "", "write the key to this new file, readable by its owner only, instead of showing it")
	return cmd
}

// listedKey is what `keys list --json` says of a key; nothing in it is secret.
type listedKey struct {
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
}

func newKeysListCommand(file *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := apikey.Load(*file)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s does not exist: there are no keys yet; `watchllmctl keys create` makes the first", *file)
			}
			if err != nil {
				return err
			}
			now := time.Now()
			keys := make([]listedKey, 0, len(records))
			for _, r := range records {
				keys = append(keys, listedKey{r.ID, r.State(now), r.Tenant, r.Project, r.Roles, r.Plan, r.Name, r.CreatedAt, r.ExpiresAt, r.RevokedAt})
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(keys)
			}
			return printKeys(cmd.OutOrStdout(), keys)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printKeys(out io.Writer, keys []listedKey) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tTENANT\tPROJECT\tROLES\tCREATED\tENDS\tNAME")
	for _, k := range keys {
		ends := k.ExpiresAt
		if k.State == apikey.StateRevoked {
			ends = k.RevokedAt
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.State, k.Tenant, k.Project, joinRoles(k.Roles), showTime(k.CreatedAt), showTime(ends), strconv.Quote(k.Name))
	}
	return w.Flush()
}

func newKeysRevokeCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "End a key at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			rec, err := apikey.Revoke(*file, id, time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Key %s of tenant %s is revoked since %s.\n", rec.ID, rec.Tenant, rec.RevokedAt.Format(time.RFC3339))
			return err
		},
	}
}

func newKeysRotateCommand(file *string) *cobra.Command {
	var overlap, out string
	cmd := &cobra.Command{
		Use:   "rotate ID",
		Short: "Make a key with the same rights and let the old one end after an overlap",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			span, err := parseSpan(overlap)
			if err != nil {
				return fmt.Errorf("--overlap: %w", err)
			}
			if err := refuseExisting(out); err != nil {
				return err
			}
			key, fresh, old, err := apikey.Rotate(*file, id, span, time.Now())
			if err != nil {
				return err
			}
			note := fmt.Sprintf("Key %s replaces %s, which works until %s; the new key %s.", fresh.ID, old.ID, showTime(laterOf(old.ExpiresAt, old.RevokedAt)), keyLife(fresh.ExpiresAt))
			return handOver(cmd, key, out, note)
		},
	}
	cmd.Flags().StringVar(&overlap, "overlap", "24h", "how long the old key still works: 24h, 7d or 0s")
	cmd.Flags().StringVar(&out, "out", "", "write the key to this new file, readable by its owner only, instead of showing it")
	return cmd
}

// handOver gives the key to its owner. Only the key goes to standard output, so that scripts can read it.
func handOver(cmd *cobra.Command, key apikey.Key, out, note string) error {
	if out == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), note, "It is shown this once:")
		_, err := fmt.Fprintln(cmd.OutOrStdout(), key.Reveal())
		return err
	}
	if err := apikey.WriteSecret(out, []byte(key.Reveal()+"\n")); err != nil {
		return fmt.Errorf("the key was made but could not be written: %w; revoke %s and make another", err, key.ID())
	}
	_, err := fmt.Fprintf(cmd.ErrOrStderr(), "%s It is in %s.\n", note, out)
	return err
}

func refuseExisting(out string) error {
	if out == "" {
		return nil
	}
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("--out: %s exists already; name a new file", out)
	}
	return nil
}

// keyID accepts an id, or a whole key for people who have nothing else at hand.
func keyID(arg string) (string, error) {
	if key, err := apikey.Parse(arg); err == nil {
		return key.ID(), nil
	}
	if !apikey.ValidID(arg) {
		return "", fmt.Errorf("%q is not a key id; `watchllmctl keys list` shows them", arg)
	}
	return arg, nil
}

func parseExpiry(s string, now time.Time) (time.Time, error) {
	if s == "" || s == "never" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if !t.After(now) {
				return time.Time{}, fmt.Errorf("%s lies in the past", s)
			}
			return t.UTC(), nil
		}
	}
	span, err := parseSpan(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a time span nor a date; write 90d, 720h, 2027-01-31 or never", s)
	}
	if span <= 0 {
		return time.Time{}, fmt.Errorf("%s lies in the past", s)
	}
	return now.Add(span).UTC(), nil
}

// parseSpan reads Go's durations and whole days, such as 90d.
func parseSpan(s string) (time.Duration, error) {
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(digits)
		if err == nil && n >= 0 && n < 36500 {
			return time.Duration(n) * oneDay, nil
		}
		return 0, fmt.Errorf("%q is not a time span; write 24h or 7d", s)
	}
	span, err := time.ParseDuration(s)
	if err != nil || span < 0 {
		return 0, fmt.Errorf("%q is not a time span; write 24h or 7d", s)
	}
	return span, nil
}

func joinRoles(roles []tenancy.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ",")
}

func keyLife(expires time.Time) string {
	if expires.IsZero() {
		return "never expires"
	}
	return "expires " + showTime(expires)
}

func showTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
