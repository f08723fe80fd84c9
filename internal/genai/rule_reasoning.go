package genai

// reasoningApart are scopes of clients that pass on Gemini's candidate count, which leaves the thoughts out, as their output.
var reasoningApart = []string{"gemini-cli"}

// reasoningInside are providers whose own output count always has the reasoning in it: with them more reasoning than output is a broken
// count, and is flagged.
var reasoningInside = map[string]bool{"openai": true, "azure.ai.openai": true, "anthropic": true, "aws.bedrock": true, "deepseek": true}

// applyReasoning makes the output count include reasoning. Without a known client only arithmetic can prove that it does not:
// input + output + reasoning = total, or more reasoning than output, of which it cannot be a part then.
func applyReasoning(r *reading) {
	u := r.usage
	if r.canonical || !u.Output.Known || u.Reasoning.N == 0 || u.Flags&FlagReasoningAdded != 0 {
		return
	}
	apart := r.reasoningApart || matchAny(reasoningApart, r.scope.Name)
	if !apart && u.Total.Known && r.wireInput.Known {
		apart = u.Total.N == r.wireInput.N+u.Output.N+u.Reasoning.N
	}
	apart = apart || u.Reasoning.N > u.Output.N && !reasoningInside[r.call.Provider]
	if apart {
		u.Output = known(u.Output.N + u.Reasoning.N)
		u.Flags |= FlagReasoningAdded
	}
}
