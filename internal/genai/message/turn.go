package message

// turn is the message that is being written.
type turn struct {
	is    bool
	bare  bool // only parts are written, without a message around them
	item  bool // made of parts that stand alone in their document: more may follow
	role  string
	name  value
	end   value
	parts int
	start int // where it begins in the output
}

// turn ends the message before and begins one.
func (c *Converter) turn(role string, name value) {
	if c.open.bare {
		return
	}
	c.endTurn()
	start := len(c.out.buf)
	c.out.comma()
	c.out.raw(`{"role":`)
	c.out.quote(role)
	c.out.raw(`,"parts":[`)
	c.open = turn{is: true, role: role, name: name, start: start}
	c.written++
}

// item continues the open message if that is made of items of the same role too, else it begins one.
func (c *Converter) item(role string) {
	if c.open.bare || c.open.is && c.open.item && c.open.role == role {
		return
	}
	c.turn(role, value{})
	c.open.item = true
}

func (c *Converter) endTurn() {
	if !c.open.is || c.open.bare {
		return
	}
	if c.open.item && c.open.parts == 0 {
		// Items that say nothing, like the thoughts a model keeps to itself, are no message.
		c.out.buf = c.out.buf[:c.open.start]
		c.written--
		c.open = turn{}
		return
	}
	c.out.raw("]")
	if c.open.name.kind() == text && c.open.name.node().text != "" && !c.open.name.isTorn() {
		c.out.memberOf("name", c.open.name)
	}
	if end := c.open.end; end.kind() == text && end.node().text != "" {
		c.out.memberOf("finish_reason", end)
	}
	c.out.raw("}")
	c.open = turn{}
}

// ended notes why the message ended.
func (c *Converter) ended(v value) {
	if c.open.is && !v.isNothing() && !v.isTorn() {
		c.open.end = v
	}
}

// roles are the names of roles that mean one of the convention's.
var roles = map[string]string{
	"human": "user", "ai": "assistant", "model": "assistant", "chatbot": "assistant", "bot": "assistant", "function": "tool",
	"HumanMessage": "user", "HumanMessageChunk": "user", "UserMessage": "user", "AIMessage": "assistant", "AIMessageChunk": "assistant",
	"AssistantMessage": "assistant", "SystemMessage": "system", "SystemMessageChunk": "system", "ToolMessage": "tool",
	"ToolMessageChunk": "tool", "FunctionMessage": "tool", "FunctionExecutionResultMessage": "tool",
	"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool", "ASSISTANT": "assistant",
	"gen_ai.user.message": "user", "gen_ai.system.message": "system", "gen_ai.assistant.message": "assistant",
	"gen_ai.tool.message": "tool", "gen_ai.choice": "assistant",
	"request": "user", "response": "assistant",
	"system-prompt": "system", "user-prompt": "user", "tool-return": "tool", "retry-prompt": "user",
}

// roleOf reads a role; other is the one when there is none.
func roleOf(v value, other string) string {
	s := v.str()
	if s == "" || v.isTorn() {
		return other
	}
	if known, ok := roles[s]; ok {
		return known
	}
	return s
}
