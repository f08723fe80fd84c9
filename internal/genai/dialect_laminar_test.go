package genai

import "testing"

func TestLaminar(t *testing.T) {
	checkSamples(t, []sample{
		{
			name: "a call of its own", scope: "lmnr.sdk@0.7.0",
			attrs: attrs{
				"lmnr.span.type": "LLM", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-5-mini", "gen_ai.usage.input_tokens": 10,
				"gen_ai.usage.output_tokens": 5, "lmnr.association.properties.session_id": "conv-42", "lmnr.association.properties.user_id": "user-7",
				"gen_ai.usage.cost": 0.003,
			},
			want: "laminar llm/call op=chat provider=openai model=gpt-5-mini in=10 out=5 basis=includes_cache outcome=ok conversation=conv-42 " +
				"user=user-7 cost=0.003",
		},
		{
			name: "a replayed call asked nobody", scope: "lmnr.sdk@0.7.0",
			attrs: attrs{"lmnr.span.type": "CACHED", "lmnr.span.original_type": "LLM", "gen_ai.request.model": "gpt-5-mini", "gen_ai.usage.input_tokens": 10},
			want:  "laminar other/none model=gpt-5-mini in=10 basis=includes_cache outcome=ok",
		},
		{
			name: "a tool", scope: "lmnr.sdk@0.7.0", attrs: attrs{"lmnr.span.type": "TOOL", "lmnr.span.input": `{"city":"Paris"}`},
			want: "laminar tool/none op=execute_tool outcome=ok tool=span",
		},
		{
			name: "a function", scope: "lmnr.sdk@0.7.0", attrs: attrs{"lmnr.span.type": "DEFAULT", "lmnr.span.input": "x"},
			want: "laminar step/none op=agent_step outcome=ok",
		},
	})
}
