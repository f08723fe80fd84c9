package llmqueryextension

// maxTreeDepth keeps answers within what JSON parsers accept: what is deeper hangs on the last level
// beside its parent, which it still names.
const maxTreeDepth = 200

// buildTree hangs spans on their parents, keeping the order of time among siblings. Spans whose parent is
// not there become tops. Parents that point at each other in a circle, which only a broken sender makes,
// are cut at the earliest span of the circle.
func buildTree(nodes []*spanNode) []*spanNode {
	byID := make(map[string]*spanNode, len(nodes))
	for _, n := range nodes {
		byID[n.SpanID] = n
	}
	children := make(map[*spanNode][]*spanNode, len(nodes))
	var tops []*spanNode
	for _, n := range nodes {
		parent := n.parentIn(byID)
		if parent == nil || parent == n {
			n.ParentMissing = n.ParentSpanID != nil
			tops = append(tops, n)
			continue
		}
		children[parent] = append(children[parent], n)
	}

	placed := make(map[*spanNode]bool, len(nodes))
	hang := func(top *spanNode) {
		type place struct {
			node  *spanNode
			depth int
			// shelf is where this node's children go: the node itself, or the ancestor on the last level.
			shelf *spanNode
		}
		placed[top] = true
		stack := []place{{top, 1, top}}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, child := range children[at.node] {
				if placed[child] {
					continue
				}
				placed[child] = true
				at.shelf.Children = append(at.shelf.Children, child)
				next := place{child, at.depth + 1, child}
				if next.depth >= maxTreeDepth {
					next.shelf = at.shelf
				}
				stack = append(stack, next)
			}
		}
	}
	for _, top := range tops {
		hang(top)
	}
	for _, n := range nodes {
		if !placed[n] {
			n.ParentMissing = true
			tops = append(tops, n)
			hang(n)
		}
	}
	return tops
}

func (n *spanNode) parentIn(byID map[string]*spanNode) *spanNode {
	if n.ParentSpanID == nil {
		return nil
	}
	return byID[*n.ParentSpanID]
}
