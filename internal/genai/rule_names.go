package genai

// applyNames takes over the facts that are plain text.
func applyNames(r *reading) {
	f, c := r.facts, r.call
	c.Operation = f.str(fieldOperation)
	c.RequestModel = f.str(fieldRequestModel)
	c.ResponseModel = f.str(fieldResponseModel)
	if m := f.str(fieldModel); m != "" && c.RequestModel == "" {
		c.RequestModel = m
	}
	c.ResponseID = f.str(fieldResponseID)
	c.ConversationID = f.str(fieldConversationID)
	c.UserID = f.str(fieldUserID)
	c.AgentName = f.str(fieldAgentName)
	c.WorkflowName = f.str(fieldWorkflowName)
	c.ToolName = f.str(fieldToolName)
	c.PromptName = f.str(fieldPromptName)
	c.PromptVersion = f.str(fieldPromptVersion)
	c.ServerAddress = f.str(fieldServerAddress)
	c.Stream, c.StreamKnown = f.boolean(fieldStream)
}
