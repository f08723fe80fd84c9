package apikeyauthextension

import (
	"errors"
	"io/fs"

	"go.uber.org/zap"

	"github.com/watchllm/watchllm/internal/apikey"
)

// reload takes over what the file says, or says why not and leaves the keys as they are.
func (a *apiKeyAuth) reload() {
	records, changed, err := a.file.poll()
	if err == nil && changed {
		err = a.use(records)
	}
	switch {
	case err != nil:
		a.metrics.reload("refused")
		a.complain(err)
		a.health.set("keys_file", err)
	case changed:
		a.metrics.reload("applied")
		a.log.Info("API keys loaded", zap.String("keys_file", a.cfg.KeysFile), zap.Int("keys", a.keys.Load().Len()))
		a.health.set("keys_file", nil)
	}
}

func (a *apiKeyAuth) complain(err error) {
	fields := []zap.Field{zap.Error(err), zap.String("keys_file", a.cfg.KeysFile), zap.Int("keys_in_force", a.keys.Load().Len())}
	if errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("The keys file does not exist; make a key with `watchllmctl keys create --keys-file "+a.cfg.KeysFile+"` and it is read at once. The keys in force stay.", fields...)
		return
	}
	a.log.Error("The keys file was refused; correct it and it is read at once. The keys in force stay.", fields...)
}

func (a *apiKeyAuth) use(fromFile []apikey.Record) error {
	all := make([]apikey.Record, 0, len(a.inline)+len(fromFile))
	set, err := apikey.NewSet(append(append(all, a.inline...), fromFile...)...)
	if err != nil {
		return err
	}
	usage := &a.usage
	if a.cfg.lastUsedFile() == "" {
		usage = nil
	}
	set.Observe(usage, a.metrics.wrongRole)
	a.keys.Store(set)
	return nil
}
