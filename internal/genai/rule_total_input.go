package genai

import "github.com/watchllm/watchllm/internal/semconv"

// applyTotalInput takes the total for the input of embeddings and reranks, which have no output and of which some APIs send nothing else.
func applyTotalInput(r *reading) {
	u, role := r.usage, r.call.Role
	if !r.canonical && (role == semconv.RoleEmbedding || role == semconv.RoleRerank) && !u.HasTokens() {
		u.Input = u.Total
	}
}
