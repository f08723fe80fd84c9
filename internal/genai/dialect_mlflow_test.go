package genai

import "testing"

func TestMLflow(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "values in quotes", scope: "mlflow.openai",
			attrs: attrs{
				"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.llm.model": `"gpt-5-mini"`, "mlflow.llm.provider": `"openai"`,
				"mlflow.chat.tokenUsage": `{"input_tokens": 1037, "output_tokens": 211, "total_tokens": 1248, "cache_read_input_tokens": 512}`,
				"mlflow.llm.cost":        `{"input_cost": 0.001, "output_cost": 0.002, "total_cost": 0.003}`,
				"mlflow.spanInputs":      `{"model": "gpt-5-mini", "messages": [], "temperature": 0.2}`,
				"mlflow.spanOutputs":     `{"id": "chatcmpl-1", "choices": []}`,
				"mlflow.trace.session":   `"conv-42"`,
			},
			want: "mlflow llm/call op=chat provider=openai model=gpt-5-mini id=chatcmpl-1 in=1037 out=211 read=512 basis=includes_cache outcome=ok " +
				"conversation=conv-42 cost=0.003",
		},
		{
			name: "details, and what input means, from Anthropic's own answer", scope: "mlflow.anthropic",
			attrs: attrs{
				"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.llm.model": `"claude-sonnet-4-5"`,
				"mlflow.chat.tokenUsage": `{"input_tokens": 397, "output_tokens": 211, "total_tokens": 608, "cache_read_input_tokens": 100}`,
				"mlflow.spanOutputs": `{"id": "msg_1", "usage": {"input_tokens": 397, "output_tokens": 211, "cache_read_input_tokens": 100, ` +
					`"cache_creation_input_tokens": 28}}`,
			},
			want: "mlflow llm/call op=chat model=claude-sonnet-4-5 id=msg_1 in=525 out=211 read=100 write=28 basis=excludes_cache_corrected outcome=ok",
		},
		{
			name: "cached input added to Anthropic's count", scope: "mlflow.anthropic",
			attrs: attrs{
				"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.llm.model": `"claude-sonnet-4-5-20250929"`, "mlflow.spanInputs": `{"model": "claude-sonnet-4-5"}`,
				"mlflow.chat.tokenUsage": `{"input_tokens": 497, "output_tokens": 211, "total_tokens": 708, "cache_read_input_tokens": 100}`,
				"mlflow.spanOutputs":     `{"id": "msg_1", "stop_reason": "end_turn", "usage": {"input_tokens": 397, "output_tokens": 211, "cache_read_input_tokens": 100}}`,
			},
			want: "mlflow llm/call op=chat model=claude-sonnet-4-5 answered_by=claude-sonnet-4-5-20250929 id=msg_1 in=497 out=211 read=100 " +
				"basis=includes_cache finish=stop outcome=ok",
		},
		{
			name: "encoded twice", scope: "mlflow.openai",
			attrs: attrs{
				"mlflow.spanType": `"\"LLM\""`, "mlflow.chat.tokenUsage": `"{\"input_tokens\": 10, \"output_tokens\": 5}"`,
				"mlflow.spanInputs": `"{\"model\": \"gpt-5-mini\"}"`,
			},
			want: "mlflow llm/call op=chat model=gpt-5-mini in=10 out=5 basis=includes_cache outcome=ok",
		},
		{
			name: "a map", scope: "mlflow.tracing",
			attrs: attrs{"mlflow.spanType": "LLM", "mlflow.llm.model": "gpt-5-mini", "mlflow.chat.tokenUsage": attrs{"input_tokens": 10, "output_tokens": 5}},
			want:  "mlflow llm/call op=chat model=gpt-5-mini in=10 out=5 basis=includes_cache outcome=ok",
		},
		{
			name: "an agent's sum", scope: "mlflow.crewai",
			attrs: attrs{"mlflow.spanType": `"AGENT"`, "mlflow.chat.tokenUsage": `{"input_tokens": 2320, "output_tokens": 300}`},
			want:  "mlflow agent/aggregate op=invoke_agent in=2320 out=300 basis=assumed outcome=ok agent=span",
		},
		{
			name: "a tool", scope: "mlflow.langchain",
			attrs: attrs{"mlflow.spanType": `"TOOL"`, "mlflow.spanFunctionName": `"get_weather"`, "mlflow.spanInputs": `{"city": "Paris"}`},
			want:  "mlflow tool/none op=execute_tool outcome=ok tool=get_weather",
		},
		{
			name: "the first chunk of a stream", scope: "mlflow.openai",
			attrs: attrs{"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.spanInputs": `{"model": "gpt-5-mini", "stream": true}`}, change: eventAt("mlflow.chunk.item.0", 70*ms, nil),
			want: "mlflow llm/call op=chat model=gpt-5-mini missing=stream_aborted stream=true ttft=0.070 outcome=unknown",
		},
	})
}
