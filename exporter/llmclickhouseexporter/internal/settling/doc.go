// Package settling makes the usage roles in the store right whatever the order of arrival: it remembers which traces need another
// look, reads their facts back, lets genai decide and has the rows whose verdict changed appended once more.
package settling
