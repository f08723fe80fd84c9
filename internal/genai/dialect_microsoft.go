package genai

// microsoftAI is Microsoft's family: Extensions.AI and Agent Framework in .NET, Agent Framework and Semantic Kernel in Python, and
// AutoGen, whose own spans carry no counts. They write the gen_ai names; their agent spans repeat the counts of the calls below.
var microsoftAI = &dialect{
	name: "microsoft_ai",
	scopes: []string{
		"Experimental.Microsoft.*", "Microsoft.Extensions.AI*", "Microsoft.SemanticKernel*", "Microsoft.Agents.AI*", "agent_framework*",
		"semantic_kernel*", "autogen*", "AutoGen*",
	},
	markers: []string{"agent_framework.*", "semantic_kernel.*"},
	scoped:  []string{"gen_ai.*"},
	rows: onTopOf(genAIRows,
		row{fieldWorkflowName, []string{"workflow.name", "workflow_builder.name"}},
	),
}
