// Package langfuse reads the JSON ingestion API of Langfuse, which its SDKs up to version 3 (JavaScript) and 2 (Python) send to.
package langfuse
