package introspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds the answer; real ones have a few hundred bytes.
const maxAnswer = 64 << 10

// post asks as RFC 7662 says. No error of it contains the token.
func (s *Source) post(ctx context.Context, token, keyID string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.HTTP.Timeout)
	defer cancel()
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.HTTP.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, errors.New("the endpoint is not a URL")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := s.set.Client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which may hold credentials
		}
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, err
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return answer{}, fmt.Errorf("status %d: the server does not accept the collector's own credentials; correct introspection::headers or introspection::auth", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("status %d", resp.StatusCode)
	case len(body) > maxAnswer:
		return answer{}, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	return s.cfg.Claims.read(body, keyID)
}

// NoRedirects keeps a client from carrying a key to another place than the configured one.
func NoRedirects(c *http.Client) *http.Client {
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}
