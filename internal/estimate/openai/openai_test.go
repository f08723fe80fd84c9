package openai_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tiktoken-go/tokenizer/codec"

	"github.com/watchllm/watchllm/internal/estimate"
	"github.com/watchllm/watchllm/internal/genai/message"
)

var scripts = map[string]string{
	"english":  "The invoice you asked about was paid on the third of May; a copy went to your accountant. Shall I send it again?",
	"german":   "Die Rechnung, nach der Sie gefragt haben, wurde am dritten Mai bezahlt; eine Kopie ging an Ihre Buchhaltung. Möchten Sie sie noch einmal erhalten?",
	"french":   "La facture dont vous parlez a été réglée le trois mai ; une copie a été envoyée à votre comptable. Désirez-vous la recevoir à nouveau ?",
	"polish":   "Faktura, o którą Pani pyta, została opłacona trzeciego maja; kopię wysłaliśmy do księgowości. Czy wysłać ją jeszcze raz?",
	"turkish":  "Sorduğunuz fatura üç Mayıs'ta ödendi; bir kopyası muhasebecinize gönderildi. Tekrar göndermemi ister misiniz?",
	"greek":    "Το τιμολόγιο που ζητήσατε πληρώθηκε στις τρεις Μαΐου και ένα αντίγραφο στάλθηκε στον λογιστή σας. Θέλετε να το στείλω ξανά;",
	"russian":  "Счёт, о котором вы спрашивали, был оплачен третьего мая; копию получил ваш бухгалтер. Отправить его ещё раз?",
	"arabic":   "تم دفع الفاتورة التي سألت عنها في الثالث من مايو، وأرسلت نسخة منها إلى المحاسب. هل تريد أن أرسلها مرة أخرى؟",
	"hebrew":   "החשבונית ששאלת עליה שולמה בשלושה במאי, ועותק נשלח לרואה החשבון שלך. האם לשלוח אותה שוב?",
	"hindi":    "जिस बिल के बारे में आपने पूछा था, उसका भुगतान तीन मई को हो गया था; उसकी एक प्रति आपके लेखाकार को भेजी गई। क्या मैं उसे फिर से भेजूँ?",
	"thai":     "ใบแจ้งหนี้ที่คุณถามถึงได้ชำระแล้วเมื่อวันที่สามพฤษภาคม และได้ส่งสำเนาให้นักบัญชีของคุณแล้ว ต้องการให้ส่งอีกครั้งไหม",
	"chinese":  "您询问的那张发票已于五月三日付清，副本已寄给您的会计。需要我再发送一次吗？",
	"japanese": "お問い合わせの請求書は五月三日に支払われ、写しは経理の方にお送りしました。もう一度お送りしましょうか。",
	"korean":   "문의하신 청구서는 오월 삼일에 결제되었고 사본은 회계 담당자에게 보냈습니다. 다시 보내 드릴까요?",
	"emoji":    "Great work 🎉🎉 see you at 18:30 👋🏽 — bring 🍕, ☕ and 🧁! 👨‍👩‍👧‍👦",
}

// said is a call in which the text was answered.
func said(t testing.TB, text string) *estimate.Content {
	t.Helper()
	part, err := json.Marshal(text)
	require.NoError(t, err)
	return &estimate.Content{
		Input:  `[{"role":"user","parts":[{"type":"text","content":"?"}]}]`,
		Output: `[{"role":"assistant","parts":[{"type":"text","content":` + string(part) + `}]}]`,
	}
}

func TestKnownCounts(t *testing.T) {
	got, reason := estimate.Of("gpt-4-turbo", said(t, "tiktoken is great!"), 1024)
	require.Empty(t, reason)
	assert.Equal(t, "cl100k_base", got.Method)
	assert.EqualValues(t, 6, got.Output.Low, "OpenAI's own example")
	got, reason = estimate.Of("gpt-4o", said(t, "hello world"), 1024)
	require.Empty(t, reason)
	assert.Equal(t, "o200k_base", got.Method)
	assert.EqualValues(t, 2, got.Output.Low)
}

// What is measured without a tokenizer holds what the tokenizers count: in every script, and in this repository's own prose, code and JSON.
func TestMeasuredBoundsHoldTokenizers(t *testing.T) {
	texts := map[string]string{}
	for name, text := range scripts {
		texts[name] = strings.Repeat(text+"\n", 20)
	}
	for _, pattern := range []string{
		"../../../docs/*.md", "../../genai/*.go", "../../../prices/curated/*.yaml", "../../../tools/recorder/*.py",
		"../../testkit/testdata/captures/*/*.json",
	} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			if utf8.Valid(raw) && len(raw) > 500 {
				text := strings.ToValidUTF8(string(raw[:min(len(raw), 20_000)]), "")
				texts[file] = strings.ReplaceAll(text, message.Marker, "")
			}
		}
	}
	held, all := 0, 0
	for name, text := range texts {
		content := said(t, text)
		for model, count := range map[string]interface{ Count(string) (int, error) }{"gpt-4o": codec.NewO200kBase(), "gpt-4": codec.NewCl100kBase()} {
			n, err := count.Count(text)
			require.NoError(t, err)
			got, reason := estimate.Of(model, content, content.Bytes()-1) // too much for the tokenizer
			require.Empty(t, reason, name)
			require.Equal(t, "bytes_per_token/openai", got.Method)
			all++
			if c := got.Output; c.Low <= int64(n) && int64(n) <= c.High {
				held++
			} else {
				t.Logf("%s of %s: %d is not in %+v", model, name, n, c)
			}
		}
	}
	t.Logf("%d of %d held", held, all)
	assert.Greater(t, all, 300)
	assert.GreaterOrEqual(t, held*100, all*99)
}

// hostile are texts that are slow to cut into tokens.
func hostile(size int) map[string]string {
	return map[string]string{
		"one letter":   strings.Repeat("a", size),
		"blanks":       strings.Repeat(" ", size),
		"line breaks":  strings.Repeat("\n", size),
		"marks":        strings.Repeat("/", size),
		"digits":       strings.Repeat("7", size),
		"alternating":  strings.Repeat("aA", size/2),
		"rare letters": strings.Repeat("ꙮ", size/3),
		"combining":    strings.Repeat("\u0301", size/2),
		"apostrophes":  strings.Repeat("'s'", size/3),
		"blank mark":   strings.Repeat(" .", size/2),
	}
}

// The size is what bounds the time: no text of the most that a tokenizer reads by default holds up a delivery.
func TestHostileTextsEnd(t *testing.T) {
	for name, text := range hostile(65_000) {
		start := time.Now()
		_, reason := estimate.Of("gpt-4o", said(t, text), 65_536*2)
		require.Empty(t, reason, name)
		assert.Less(t, time.Since(start), 10*time.Second, name)
	}
}

func BenchmarkTokenizer(b *testing.B) {
	texts := hostile(65_000)
	texts["english"] = strings.Repeat(scripts["english"]+" ", 65_000/len(scripts["english"]))
	texts["chinese"] = strings.Repeat(scripts["chinese"], 65_000/len(scripts["chinese"]))
	for name, text := range texts {
		content := said(b, text)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				estimate.Of("gpt-4o", content, 1<<20)
			}
		})
	}
}
