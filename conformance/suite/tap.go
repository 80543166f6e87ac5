// Package tap is a small stand-in for the TAP producer that the validation
// suite imports and that Debian does not package. It has just the calls the
// suite makes, and writes the Test Anything Protocol to standard output.
package tap

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// T counts the assertions of one TAP stream.
type T struct {
	count *int
	todo  bool
}

// New starts a stream; nothing is written before Header.
func New() *T {
	return &T{count: new(int)}
}

// Header opens the stream. A planned count of 0 leaves the plan to AutoPlan.
func (t *T) Header(planned int) {
	fmt.Println("TAP version 13")
	if planned > 0 {
		fmt.Printf("1..%d\n", planned)
	}
}

// AutoPlan closes the stream with a plan of what was asserted. Its absence is
// how the runner sees that a checker died half-way.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", *t.count)
}

// Ok asserts that passed holds.
func (t *T) Ok(passed bool, description string) {
	word, directive := "ok", ""
	if !passed {
		word = "not ok"
	}
	if t.todo {
		directive = " # TODO"
	}
	*t.count++
	fmt.Printf("%s %d - %s%s\n", word, *t.count, oneLine(description), directive)
}

// Pass is an assertion that holds.
func (t *T) Pass(description string) { t.Ok(true, description) }

// Fail is an assertion that does not hold.
func (t *T) Fail(description string) { t.Ok(false, description) }

// Skip records assertions that were not tried.
func (t *T) Skip(number int, description string) {
	for ; number > 0; number-- {
		*t.count++
		fmt.Printf("ok %d # SKIP %s\n", *t.count, oneLine(description))
	}
}

// Todo gives a view of the stream whose assertions may fail.
func (t *T) Todo() *T {
	return &T{count: t.count, todo: true}
}

// Diagnostic writes a comment.
func (t *T) Diagnostic(message string) {
	fmt.Println("# " + strings.ReplaceAll(message, "\n", "\n# "))
}

// Diagnosticf writes a formatted comment.
func (t *T) Diagnosticf(format string, values ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, values...))
}

// YAML attaches data to the assertion before it. JSON is YAML, and easier to
// read back.
func (t *T) YAML(data interface{}) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "  ---\n  %s\n  ...\n", text)
	return err
}

func oneLine(text string) string {
	return strings.ReplaceAll(text, "\n", " ")
}
