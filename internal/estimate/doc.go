// Package estimate says how many tokens a call may have had whose client sent no counts, from what was said in it, with bounds.
package estimate
