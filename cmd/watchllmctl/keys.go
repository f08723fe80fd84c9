package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// keysFlags are those that every command about keys has.
type keysFlags struct {
	file string
	json bool
}

func newKeysCommand() *cobra.Command {
	var f keysFlags
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make, list, revoke and rotate API keys",
		Long: `Keys decide who may send and read, and as which tenant and project.
The keys file holds hashes only. A running collector reads a change within seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.file, "keys-file", filepath.Join(defaultDataDir(), "keys.yaml"), "the collector's keys file (WATCHLLM_DATA_DIR moves the default)")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.AddCommand(newKeysCreateCommand(&f), newKeysListCommand(&f), newKeysRevokeCommand(&f), newKeysRotateCommand(&f))
	return cmd
}

func newKeysCreateCommand(flags *keysFlags) *cobra.Command {
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
			key, rec, err := apikey.Create(flags.file, r, now)
			if err != nil {
				return err
			}
			note := fmt.Sprintf("Key %s for tenant %s, project %s, may %s, %s.", rec.ID, rec.Tenant, rec.Project, joinRoles(rec.Roles), keyLife(rec.ExpiresAt))
			return flags.handOver(cmd, key, out, note, madeKey{shownKey: showKey(rec, now)})
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

func newKeysRotateCommand(flags *keysFlags) *cobra.Command {
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
			now := time.Now()
			key, fresh, old, err := apikey.Rotate(flags.file, id, span, now)
			if err != nil {
				return err
			}
			note := fmt.Sprintf("Key %s replaces %s, which works until %s; the new key %s.", fresh.ID, old.ID, showTime(laterOf(old.ExpiresAt, old.RevokedAt)), keyLife(fresh.ExpiresAt))
			replaced := showKey(old, now)
			return flags.handOver(cmd, key, out, note, madeKey{shownKey: showKey(fresh, now), Replaces: &replaced})
		},
	}
	cmd.Flags().StringVar(&overlap, "overlap", "24h", "how long the old key still works: 24h, 7d or 0s")
	cmd.Flags().StringVar(&out, "out", "", "write the key to this new file, readable by its owner only, instead of showing it")
	return cmd
}

func newKeysRevokeCommand(flags *keysFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "End a key at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			now := time.Now()
			rec, err := apikey.Revoke(flags.file, id, now)
			if err != nil {
				return err
			}
			if flags.json {
				return printJSON(cmd.OutOrStdout(), showKey(rec, now))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Key %s of tenant %s is revoked since %s.\n", rec.ID, rec.Tenant, rec.RevokedAt.Format(time.RFC3339))
			return err
		},
	}
}

// handOver gives the key to its owner. Only the key, or the JSON with it, goes to standard output, so that scripts can read it.
func (f *keysFlags) handOver(cmd *cobra.Command, key apikey.Key, out, note string, made madeKey) error {
	if out != "" {
		if err := apikey.WriteSecret(out, []byte(key.Reveal()+"\n")); err != nil {
			return fmt.Errorf("the key was made but could not be written: %w; revoke %s and make another", err, key.ID())
		}
		made.File = out
	} else {
		made.Key = key.Reveal()
	}
	switch {
	case f.json:
		return printJSON(cmd.OutOrStdout(), made)
	case out != "":
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "%s It is in %s.\n", note, out)
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), note, "It is shown this once:")
	_, err := fmt.Fprintln(cmd.OutOrStdout(), made.Key)
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
