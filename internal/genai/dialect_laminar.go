package genai

import (
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// laminar is Laminar's SDK. Its model calls are OpenLLMetry's spans with lmnr.* added; spans of its own have a type.
var laminar = &dialect{
	name:    "laminar",
	scopes:  []string{"lmnr*", "@lmnr-ai/*"},
	markers: []string{"lmnr.span.*", "lmnr.association.*", "lmnr.internal.*"},
	scoped:  []string{"lmnr.*", "gen_ai.*", "llm.*"},
	kind:    kindOfLaminar,
	adjust:  adjustLaminar,
	rows: onTopOf(openLLMetry.rows,
		row{fieldKind, []string{"lmnr.span.type"}},
		row{fieldMoreInput, []string{"lmnr.span.input"}},
		row{fieldMoreOutput, []string{"lmnr.span.output"}},
		row{fieldConversationID, []string{"lmnr.association.properties.session_id"}},
		row{fieldUserID, []string{"lmnr.association.properties.user_id"}},
	),
}

func kindOfLaminar(kind string) (role, operation string) {
	switch strings.ToUpper(kind) {
	case "LLM":
		return semconv.RoleLLM, "chat"
	case "TOOL":
		return semconv.RoleTool, "execute_tool"
	case "CACHED":
		return semconv.RoleOther, "" // replayed from an earlier run, no model was asked
	case "DEFAULT", "EXECUTOR":
		return semconv.RoleStep, "agent_step"
	case "EVALUATOR", "EVALUATION", "HUMAN_EVALUATOR":
		return semconv.RoleEvaluator, ""
	default:
		return kindOfOpenLLMetry(kind)
	}
}

func adjustLaminar(r *reading) {
	f := r.facts
	adjustOpenLLMetry(r)
	kind := f.str(fieldKind)
	role, _ := kindOfLaminar(kind)
	if op, ok := roleOfOperation(r.call.Operation); ok {
		role = op
	}
	if kind == "CACHED" {
		r.role = semconv.RoleOther // whatever it was the first time
	}
	if role == semconv.RoleLLM {
		r.answerDetails(f.jsonFact(fieldMoreOutput))
	}
	f.adopt(fieldInputValue, fieldMoreInput)
	f.adopt(fieldOutputValue, fieldMoreOutput)
	if role == semconv.RoleTool { // calls keep their messages in OpenLLMetry's names
		r.nameAfterSpan(role)
		r.placeInputAndOutput(role)
	}
}
