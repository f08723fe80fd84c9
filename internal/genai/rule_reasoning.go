package genai

// reasoningApart are scopes of clients that pass on Gemini's candidate count, which leaves the thoughts out, as their output.
var reasoningApart = []string{"gemini-cli"}

// applyReasoning makes the output count include reasoning. Without a known client only arithmetic can prove that it does not:
// input + output + reasoning = total, or, for xAI, whose chat API counts reasoning beside the output, more reasoning than output.
func applyReasoning(r *reading) {
	u := r.usage
	if r.canonical || !u.Output.Known || u.Reasoning.N == 0 || u.Flags&FlagReasoningAdded != 0 {
		return
	}
	apart := r.reasoningApart || matchAny(reasoningApart, r.scope.Name)
	if !apart && u.Total.Known && r.wireInput.Known {
		apart = u.Total.N == r.wireInput.N+u.Output.N+u.Reasoning.N
	}
	apart = apart || r.call.Provider == "x_ai" && u.Reasoning.N > u.Output.N
	if apart {
		u.Output = known(u.Output.N + u.Reasoning.N)
		u.Flags |= FlagReasoningAdded
	}
}
